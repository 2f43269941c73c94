/* Preloaded into PyTorch, makes its MKL take the paths it has for Intel's processors on AMD's too: AVX-512 in place of AVX2, twice as fast. */
int mkl_serv_intel_cpu(void) { return 1; }
int mkl_serv_intel_cpu_true(void) { return 1; }
