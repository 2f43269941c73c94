"""The side of Hugging Face transformers: `generate` with its key/value cache on a Llama of the same shape. Reads one 'go' a line, answers one JSON object a line."""
import json, resource, sys, time

spec = json.loads(sys.argv[1])
import torch
import transformers
from transformers import LlamaConfig, LlamaForCausalLM

torch.set_num_threads(spec["threads"])
torch.manual_seed(1)
transformers.logging.set_verbosity_error()
length, batch = spec["length"], spec["batch"]
model = LlamaForCausalLM(
    LlamaConfig(
        vocab_size=spec["vocabSize"], hidden_size=spec["hiddenSize"], intermediate_size=spec["intermediateSize"],
        num_hidden_layers=spec["layers"], num_attention_heads=spec["heads"], num_key_value_heads=spec["heads"],
        max_position_embeddings=length, rms_norm_eps=1e-5, tie_word_embeddings=True,
        bos_token_id=None, eos_token_id=None, pad_token_id=0,
    )
).eval()
ids = torch.ones(batch, 1, dtype=torch.long)


@torch.no_grad()
def generate():
    out = model.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
        min_new_tokens=length - 1, max_new_tokens=length - 1, use_cache=True,
    )
    return batch * (out.shape[1] - 1)


print(json.dumps({"ready": f"transformers {transformers.__version__}, PyTorch {torch.__version__}"}), flush=True)
for _ in sys.stdin:
    start, cpu = time.perf_counter(), time.process_time()
    tokens = generate()
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
    print(json.dumps({"tokens": tokens, "seconds": seconds, "cpuSeconds": cpu_seconds, "peakMemoryBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}), flush=True)
