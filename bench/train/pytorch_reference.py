"""A network of fixtures/exporters/models.py, trained by PyTorch on given batches from given weights.

python pytorch_reference.py FOLDER NET TYPE LAYOUT RATE BATCH STEPS SNAPSHOTS
FOLDER holds start.safetensors (parameters and running statistics), images.bin (float32) and labels.bin (int32).
TYPE is float32 or float64; LAYOUT is that of the images in memory, contiguous_format or channels_last, which PyTorch
has different kernels for; SNAPSHOTS are steps after which the state is written to FOLDER/STEP.safetensors, with the
step's outputs and in double precision, separated by commas.
Prints {"torch": version, "losses": [...]}.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

sys.path.append(str(Path(__file__).parent.parent.parent / "fixtures" / "exporters"))
from models import NETWORKS  # noqa: E402


def read_state(path: Path) -> dict[str, torch.Tensor]:
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    state = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        state[name] = torch.from_numpy(np.frombuffer(data[begin:end], "<f4").reshape(entry["shape"]).copy())
    return state


def write_state(path: Path, state: dict[str, torch.Tensor]) -> None:
    header, arrays, at = {}, [], 0
    for name, value in state.items():
        array = value.detach().double().contiguous().numpy()
        header[name] = {"dtype": "F64", "shape": array.shape, "data_offsets": [at, at + array.nbytes]}
        arrays.append(array)
        at += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in arrays:
            file.write(array.tobytes())


def main() -> None:
    folder, name = Path(sys.argv[1]), sys.argv[2]
    form = {"dtype": getattr(torch, sys.argv[3]), "memory_format": getattr(torch, sys.argv[4])}
    rate, batch, steps = float(sys.argv[5]), int(sys.argv[6]), int(sys.argv[7])
    snapshots = [int(step) for step in sys.argv[8].split(",") if step]
    net = NETWORKS[name](10)
    missing, unexpected = net.load_state_dict(read_state(folder / "start.safetensors"), strict=False)
    assert not unexpected and all(key.endswith("num_batches_tracked") for key in missing)
    net = net.to(**form).train()
    images = np.memmap(folder / "images.bin", "<f4", "r").reshape(steps, batch, 3, 32, 32)
    labels = np.fromfile(folder / "labels.bin", "<i4").reshape(steps, batch)
    optimizer = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9, weight_decay=5e-4)
    losses = []
    for step in range(1, steps + 1):
        x = torch.from_numpy(np.array(images[step - 1])).to(**form)
        outputs = net(x)
        loss = F.cross_entropy(outputs, torch.from_numpy(labels[step - 1].astype(np.int64)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step in snapshots:
            state = {k: v for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
            for key, parameter in net.named_parameters():
                state[f"momentum.{key}"] = optimizer.state[parameter]["momentum_buffer"]
            state["outputs"] = outputs
            write_state(folder / f"{step}.safetensors", state)
    print(json.dumps({"torch": torch.__version__, "losses": losses}))


if __name__ == "__main__":
    main()
