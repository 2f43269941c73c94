"""PyTorch's side of a measurement: the same model, eager or compiled, AdamW, f32. Reads one 'go' a line, answers one JSON object a line."""
import json, math, resource, sys, time

spec = json.loads(sys.argv[1])
import torch
import torch.nn.functional as F

torch.set_num_threads(spec["threads"])
torch.manual_seed(1)
D, L, H, FF, V = (spec[k] for k in ("hiddenSize", "layers", "heads", "intermediateSize", "vocabSize"))
T, B = spec["length"], spec["batch"]
d = D // H


def parameter(*shape, scale=None):
    value = torch.ones(*shape) if scale is None else torch.randn(*shape) * scale
    return value.requires_grad_()


emb = parameter(V, D, scale=0.02)
blocks = [
    dict(
        n1=parameter(D), n2=parameter(D),
        q=parameter(D, D, scale=D**-0.5), k=parameter(D, D, scale=D**-0.5), v=parameter(D, D, scale=D**-0.5),
        o=parameter(D, D, scale=D**-0.5 / math.sqrt(2 * L)),
        g=parameter(FF, D, scale=D**-0.5), u=parameter(FF, D, scale=D**-0.5),
        w=parameter(D, FF, scale=FF**-0.5 / math.sqrt(2 * L)),
    )
    for _ in range(L)
]
norm = parameter(D)
parameters = [emb, norm] + [p for block in blocks for p in block.values()]
optimizer = torch.optim.AdamW(parameters, lr=1e-3, betas=(0.9, 0.98), weight_decay=0.01)
angle = torch.outer(torch.arange(T).float(), 10000 ** (-torch.arange(0, d, 2).float() / d))
cos, sin = torch.cat([angle.cos()] * 2, -1), torch.cat([angle.sin()] * 2, -1)


def rms(x, g):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * g


def rope(x, first):
    a, b = x.chunk(2, -1)
    n = x.shape[2]
    return x * cos[first : first + n] + torch.cat([-b, a], -1) * sin[first : first + n]


def forward(ids, cache=None, first=0):
    h = F.embedding(ids, emb)
    n, t = ids.shape
    for i, p in enumerate(blocks):
        a = rms(h, p["n1"])
        q, k, v = ((a @ p[w].T).view(n, t, H, d).transpose(1, 2) for w in "qkv")
        q, k = rope(q, first), rope(k, first)
        if cache is not None:
            keys, values = cache[i]
            keys[:, :, first : first + t], values[:, :, first : first + t] = k, v
            k, v = keys[:, :, : first + t], values[:, :, : first + t]
        if hasattr(F, "scaled_dot_product_attention"):
            out = F.scaled_dot_product_attention(q, k, v, is_causal=cache is None)
        else:
            score = q @ k.transpose(-1, -2) / math.sqrt(d)
            if cache is None:
                score = score + torch.full((t, t), -1e9).triu(1)
            out = score.softmax(-1) @ v
        h = h + out.transpose(1, 2).reshape(n, t, D) @ p["o"].T
        a = rms(h, p["n2"])
        h = h + (F.silu(a @ p["g"].T) * (a @ p["u"].T)) @ p["w"].T
    return rms(h, norm) @ emb.T


ids = torch.randint(V, (B, T + 1))


def step():
    optimizer.zero_grad(set_to_none=True)
    loss = F.cross_entropy(forward(ids[:, :-1]).reshape(-1, V), ids[:, 1:].reshape(-1))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    return B * T


@torch.no_grad()
def generate():
    cache = [(torch.zeros(B, H, T, d), torch.zeros(B, H, T, d)) for _ in range(L)]
    token = ids[:, :1]
    for at in range(T):
        logits = forward(token, cache, at)[:, -1]
        token = torch.multinomial(logits.softmax(-1), 1)
    return B * T


square = torch.full((T, T), 1 / T)


@torch.no_grad()
def products():
    product = square
    for _ in range(B):
        product = product @ square
    return B * 2 * T**3


if spec.get("mode") == "compile":
    forward = torch.compile(forward)
work = {"step": step, "generation": generate, "gemm": products}[spec["kind"]]
print(json.dumps({"ready": f"PyTorch {torch.__version__}, {spec['mode']}"}), flush=True)
for _ in sys.stdin:
    start, cpu = time.perf_counter(), time.process_time()
    tokens = work()
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"tokens": tokens, "seconds": seconds, "cpuSeconds": cpu_seconds, "peakMemoryBytes": peak}), flush=True)
