"""PyTorch's side of a measurement: the same model, eager or compiled, AdamW, on the CPU in f32 or on CUDA in f32 or bf16 (steps: autocast over f32 weights; generation: bf16 weights). Reads one 'go' a line, answers one JSON object a line."""
import json, math, resource, sys, time

spec = json.loads(sys.argv[1])
import torch
import torch.nn.functional as F

torch.set_num_threads(spec["threads"])
torch.manual_seed(1)
D, L, H, FF, V = (spec[k] for k in ("hiddenSize", "layers", "heads", "intermediateSize", "vocabSize"))
K = spec.get("keyValueHeads", H)
T, B = spec["length"], spec["batch"]
d = D // H
device = torch.device(spec.get("device", "cpu"))
on_gpu = device.type == "cuda"
if on_gpu and not torch.cuda.is_available():
    sys.exit(f"PyTorch {torch.__version__} finds no CUDA device")
half = spec.get("dtype") == "bf16"
# A step keeps its weights in f32 and computes in bf16; what only reads weights has them in bf16.
weights_in = torch.bfloat16 if half and spec["kind"] != "step" else torch.float32
computes_in = torch.bfloat16 if half else torch.float32


def parameter(*shape, scale=None):
    value = torch.ones(*shape, device=device) if scale is None else torch.randn(*shape, device=device) * scale
    return value.to(weights_in).requires_grad_()


emb = parameter(V, D, scale=0.02)
blocks = [
    dict(
        n1=parameter(D), n2=parameter(D),
        q=parameter(D, D, scale=D**-0.5), k=parameter(K * d, D, scale=D**-0.5), v=parameter(K * d, D, scale=D**-0.5),
        o=parameter(D, D, scale=D**-0.5 / math.sqrt(2 * L)),
        g=parameter(FF, D, scale=D**-0.5), u=parameter(FF, D, scale=D**-0.5),
        w=parameter(D, FF, scale=FF**-0.5 / math.sqrt(2 * L)),
    )
    for _ in range(L)
]
norm = parameter(D)
parameters = [emb, norm] + [p for block in blocks for p in block.values()]
optimizer = torch.optim.AdamW(parameters, lr=1e-3, betas=(0.9, 0.98), weight_decay=0.01, **({"fused": True} if on_gpu else {}))
angle = torch.outer(torch.arange(T).float(), 10000 ** (-torch.arange(0, d, 2).float() / d))
cos, sin = (torch.cat([x] * 2, -1).to(device, computes_in) for x in (angle.cos(), angle.sin()))


def rms(x, g):
    if on_gpu and hasattr(F, "rms_norm"):
        return F.rms_norm(x, (D,), g, 1e-5)
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
        q, k, v = ((a @ p[w].T).view(n, t, -1, d).transpose(1, 2) for w in "qkv")
        q, k = rope(q, first), rope(k, first)
        if cache is not None:
            keys, values = cache[i]
            keys[:, :, first : first + t], values[:, :, first : first + t] = k, v
            k, v = keys[:, :, : first + t], values[:, :, : first + t]
        if K != H:
            k, v = k.repeat_interleave(H // K, 1), v.repeat_interleave(H // K, 1)
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


ids = torch.randint(V, (B, T + 1), device=device)


def step():
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast(device.type, torch.bfloat16, enabled=half):
        loss = F.cross_entropy(forward(ids[:, :-1]).reshape(-1, V), ids[:, 1:].reshape(-1))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    return B * T


@torch.no_grad()
def generate():
    cache = [tuple(torch.zeros(B, K, T, d, dtype=computes_in, device=device) for _ in "kv") for _ in range(L)]
    token = ids[:, :1]
    for at in range(T):
        logits = forward(token, cache, at)[:, -1]
        token = torch.multinomial(logits.float().softmax(-1), 1)
    return B * T


square = torch.full((T, T), 1 / T, dtype=computes_in, device=device)


@torch.no_grad()
def products():
    product = square
    for _ in range(B):
        product = product @ square
    return B * 2 * T**3


if spec.get("mode") == "compile":
    forward = torch.compile(forward)
work = {"step": step, "generation": generate, "gemm": products}[spec["kind"]]
place = f", {spec.get('dtype', 'f32')} on {torch.cuda.get_device_name()}" if on_gpu else ""
print(json.dumps({"ready": f"PyTorch {torch.__version__}, {spec['mode']}{place}"}), flush=True)
for _ in sys.stdin:
    start, cpu = time.perf_counter(), time.process_time()
    tokens = sum(work() for _ in range(spec.get("repeats", 1)))
    if on_gpu:
        torch.cuda.synchronize()
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"tokens": tokens, "seconds": seconds, "cpuSeconds": cpu_seconds, "peakMemoryBytes": peak}), flush=True)
