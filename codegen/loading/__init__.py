"""From model files to weights in memory: GGUF and safetensors in, one mapped file out."""
