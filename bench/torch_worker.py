"""PyTorch's side of a measurement: the same model, eager or compiled, AdamW, on the CPU in f32 or on CUDA in f32 or bf16 (steps: autocast over f32 weights; generation: bf16 weights). serve.py says how it is asked."""
import json, math, sys

spec = json.loads(sys.argv[1])
import torch
import torch.nn.functional as F

from inputs import read_tokens, read_weights
from serve import serve

torch.set_num_threads(spec["threads"])
torch.manual_seed(1)
device = torch.device(spec.get("device", "cpu"))
on_gpu = device.type == "cuda"
if on_gpu and not torch.cuda.is_available():
    sys.exit(f"PyTorch {torch.__version__} finds no CUDA device")
half = spec.get("dtype") == "bf16"
# A step keeps its weights in f32 and computes in bf16; what only reads weights has them in bf16.
weights_in = torch.bfloat16 if half and spec["kind"] != "step" else torch.float32
computes_in = torch.bfloat16 if half else torch.float32
if spec["kind"] != "gemm":
    D, L, H, V = (spec[k] for k in ("hiddenSize", "layers", "heads", "vocabSize"))
    K = spec.get("keyValueHeads", H)
    weights = {
        name: value.to(device, weights_in).requires_grad_() for name, value in read_weights(spec["weights"]).items()
    }
    tokens = read_tokens(spec["tokens"], spec["batch"], spec["length"]).to(device)
    d = D // H
    angle = torch.outer(torch.arange(spec["length"]).float(), 10000 ** (-torch.arange(0, d, 2).float() / d))
    cos, sin = (torch.cat([x] * 2, -1).to(device, computes_in) for x in (angle.cos(), angle.sin()))
T, B = spec["length"], spec["batch"]
losses = []


def rms(x, gain):
    if on_gpu and hasattr(F, "rms_norm"):
        return F.rms_norm(x, (D,), gain, 1e-5)
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * gain


def rope(x, first):
    a, b = x.chunk(2, -1)
    n = x.shape[2]
    return x * cos[first : first + n] + torch.cat([-b, a], -1) * sin[first : first + n]


def attend(q, k, v, is_causal):
    if K != H:
        k, v = k.repeat_interleave(H // K, 1), v.repeat_interleave(H // K, 1)
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, is_causal=is_causal)
    score = q @ k.transpose(-1, -2) / math.sqrt(d)
    if is_causal:
        score = score + torch.full(score.shape[-2:], -1e9).triu(1)
    return score.softmax(-1) @ v


def forward(ids, cache=None, first=0):
    """[n, t] -> [n, t, V]; with a cache, the t tokens stand behind `first` earlier ones."""
    h = F.embedding(ids, weights["model.embed_tokens.weight"])
    n, t = ids.shape
    for i in range(L):
        part = lambda name: weights[f"model.layers.{i}.{name}.weight"]
        a = rms(h, part("input_layernorm"))
        q, k, v = ((a @ part(f"self_attn.{w}_proj").T).view(n, t, -1, d).transpose(1, 2) for w in "qkv")
        q, k = rope(q, first), rope(k, first)
        if cache is not None:
            keys, values = cache[i]
            keys[:, :, first : first + t], values[:, :, first : first + t] = k, v
            k, v = keys[:, :, : first + t], values[:, :, : first + t]
        h = h + attend(q, k, v, cache is None).transpose(1, 2).reshape(n, t, D) @ part("self_attn.o_proj").T
        a = rms(h, part("post_attention_layernorm"))
        h = h + (F.silu(a @ part("mlp.gate_proj").T) * (a @ part("mlp.up_proj").T)) @ part("mlp.down_proj").T
    return rms(h, weights["model.norm.weight"]) @ weights["model.embed_tokens.weight"].T


def step_work():
    norms = [value for name, value in weights.items() if "norm" in name]
    matrices = [value for name, value in weights.items() if "norm" not in name]
    groups = [{"params": matrices, "weight_decay": 0.01}, {"params": norms, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.98), eps=1e-8, **({"fused": True} if on_gpu else {}))
    parameters = matrices + norms
    compute = torch.compile(forward) if spec["mode"] == "compile" else forward

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            loss = F.cross_entropy(compute(tokens[:, :-1]).reshape(-1, V), tokens[:, 1:].reshape(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        # On a GPU the host does not wait for it.
        losses.append(loss.detach() if on_gpu else loss.item())
        return B * T

    return step


def new_cache(count):
    return [tuple(torch.zeros(count, K, T, d, dtype=computes_in, device=device) for _ in "kv") for _ in range(L)]


@torch.no_grad()
def generate():
    cache = new_cache(B)
    token = torch.ones(B, 1, dtype=torch.long, device=device)
    for at in range(T - 1):
        logits = forward(token, cache, at)[:, -1]
        token = torch.multinomial(logits.float().softmax(-1), 1)
    return B * (T - 1)


@torch.no_grad()
def greedy(count):
    """Mean -log probability of the likeliest tokens behind token 1."""
    cache = new_cache(1)
    token = torch.ones(1, 1, dtype=torch.long, device=device)
    total = 0.0
    for at in range(count):
        logs = forward(token, cache, at)[:, -1].float().log_softmax(-1)
        token = logs.argmax(-1, keepdim=True)
        total -= logs.max().item()
    return total / count


square = torch.full((T, T), 1 / T, dtype=computes_in, device=device) if spec["kind"] == "gemm" else None


@torch.no_grad()
def products():
    product = square
    for _ in range(B):
        product = product @ square
    return B * 2 * T**3


if spec["kind"] == "step":
    work, check = step_work(), lambda: [float(loss) for loss in losses[:2]]
elif spec["kind"] == "generation":
    work, check = generate, lambda: [greedy(min(32, T - 1))]
else:
    work, check = products, lambda: []
place = f" on {torch.cuda.get_device_name()}" if on_gpu else ""
wait = torch.cuda.synchronize if on_gpu else lambda: None
serve(f"PyTorch {torch.__version__}, {spec['label']}{place}", work, check, spec["repeats"], wait)
