"""llama.cpp's own server: python llama-server.py MODEL SLOTS CONTEXT THREADS. Prints its address; ends when its input does."""
import sys

import xllamacpp

model, slots, context, threads = sys.argv[1], *map(int, sys.argv[2:5])
params = xllamacpp.CommonParams()
params.model.path = model
params.n_ctx = context
params.n_parallel = slots
params.n_batch = 512
params.n_ubatch = 512
params.cpuparams.n_threads = threads
params.cpuparams_batch.n_threads = threads
params.port = 0
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
