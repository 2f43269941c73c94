"""The loop of a Python worker: says that it is ready, then one round for each line 'go', and what it computed for 'check'."""
import json
import sys
import time

try:
    import resource
except ModuleNotFoundError:  # Windows
    resource = None


def peak_memory():
    """Of the process since its start, in bytes; None where the system does not tell."""
    if resource is None:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def serve(name, work, check, repeats=1, wait=lambda: None):
    """A round is `repeats` times the work, and `wait` for the device at its end."""
    print(json.dumps({"ready": name}), flush=True)
    for line in sys.stdin:
        if line.strip() == "check":
            print(json.dumps({"check": check()}), flush=True)
            continue
        start, cpu = time.perf_counter(), time.process_time()
        tokens = sum(work() for _ in range(repeats))
        wait()
        seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
        answer = {"tokens": tokens, "seconds": seconds, "cpuSeconds": cpu_seconds, "peakMemoryBytes": peak_memory()}
        print(json.dumps(answer), flush=True)
