"""Generator Llama-3.2-1B F16 and judge Llama-3.1-70B Q8_0 on one card of 80 GB and on two of 40 GB, without our code:
llama.cpp's rule for layers (load_tensors), sizes of tensors and caches from the published shapes, and the closed form of
the compute buffer at full offload (4 * batch * (n_vocab + n_embd)) on one card. Prints MiB per card.
Run: python3 test/unit/planning/pair.py
"""

MIB = 2**20
VOCAB, CONTEXT, BATCH, DRIVER = 128256, 4096, 512, 384 * MIB
CARDS = {"1x80": [80 * 1024 * MIB * 99 // 100], "2x40": [40 * 1024 * MIB * 99 // 100] * 2}


def f16(n):
    return 2 * n


def q8_0(n):
    return n // 32 * 34


def model(layers, embd, ff, kv_dim, kind, tied):
    layer = 2 * kind(embd * embd) + 2 * kind(embd * kv_dim) + 3 * kind(embd * ff) + 2 * 4 * embd
    return {
        "layers": layers,
        "layer": layer,
        "output": kind(embd * VOCAB) + 4 * embd,
        "host": kind(embd * VOCAB),
        "factors": 4 * (32 if tied else 64),  # rope_freqs: half a head, once on every card that has a layer
        "kv": 2 * kv_dim * 2 * CONTEXT,  # a layer: keys and values, f16
        "compute": 4 * BATCH * (VOCAB + embd),
    }


GENERATOR = model(16, 2048, 8192, 512, f16, True)
JUDGE = model(80, 8192, 28672, 1024, q8_0, False)


def place(m, free):
    """Layers of each card; the output is the last of layers + 1."""
    total, sums = sum(free), []
    for i, _ in enumerate(free):
        sums.append(sum(free[: i + 1]) / total)
    count = m["layers"] + 1
    device = [next(d for d, s in enumerate(sums) if i / count < s) for i in range(count)]
    return [sum(1 for i in range(m["layers"]) if device[i] == d) for d in range(len(free))], device[-1]


def use(m, free):
    layers, output = place(m, free)
    return [
        {
            "layers": n,
            "weights": n * m["layer"] + (m["output"] if d == output else 0) + m["factors"] * (n > 0),
            "kv": n * m["kv"],
        }
        for d, n in enumerate(layers)
    ]


def show(name, m, free):
    rows = use(m, free)
    text = "; ".join(f"{r['layers']} layers, weights {r['weights'] / MIB:.2f}, kv {r['kv'] / MIB:.2f}" for r in rows)
    print(f"{name}: {text}" + (f"; compute {m['compute'] / MIB:.2f}" if len(free) == 1 else ""))


for box, cards in CARDS.items():
    alone = cards[:1]  # the generator needs one card only
    show(f"{box} generator", GENERATOR, alone)
    show(f"{box} judge in turn", JUDGE, cards)
    [g] = use(GENERATOR, alone)
    held = g["weights"] + g["kv"] + GENERATOR["compute"] + DRIVER
    show(f"{box} judge together", JUDGE, [cards[0] - held] + cards[1:])
    print(f"{box} generator holds {held / MIB:.2f}")
