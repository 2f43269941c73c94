"""The side of Hugging Face transformers: `generate` with its key/value cache on a Llama of the same weights. serve.py says how it is asked."""
import json, sys

spec = json.loads(sys.argv[1])
import torch
import transformers
from transformers import LlamaConfig, LlamaForCausalLM

from inputs import read_weights
from serve import serve

torch.set_num_threads(spec["threads"])
torch.manual_seed(1)
transformers.logging.set_verbosity_error()
length, batch = spec["length"], spec["batch"]
model = LlamaForCausalLM(
    LlamaConfig(
        vocab_size=spec["vocabSize"], hidden_size=spec["hiddenSize"], intermediate_size=spec["intermediateSize"],
        num_hidden_layers=spec["layers"], num_attention_heads=spec["heads"], num_key_value_heads=spec["heads"],
        max_position_embeddings=length, rms_norm_eps=1e-5, rope_theta=10000.0, tie_word_embeddings=True,
        bos_token_id=None, eos_token_id=None, pad_token_id=0,
    )
).eval()
missing = model.load_state_dict(read_weights(spec["weights"]), strict=False)
assert missing.unexpected_keys == [] and set(missing.missing_keys) <= {"lm_head.weight"}, missing


@torch.no_grad()
def written(count, batch, **settings):
    ids = torch.ones(batch, 1, dtype=torch.long)
    return model.generate(
        ids, attention_mask=torch.ones_like(ids), min_new_tokens=count, max_new_tokens=count, use_cache=True, **settings
    )


def generate():
    out = written(length - 1, batch, do_sample=True, temperature=1.0, top_k=0, top_p=1.0)
    return batch * (out.shape[1] - 1)


def check():
    """Mean -log probability of the likeliest tokens behind token 1."""
    count = min(32, length - 1)
    out = written(count, 1, do_sample=False, output_logits=True, return_dict_in_generate=True)
    return [-sum(logits.log_softmax(-1).max().item() for logits in out.logits) / count]


serve(f"transformers {transformers.__version__} generate, PyTorch {torch.__version__}{spec['label']}", generate, check, spec["repeats"])
