"""Trains ResNet-20 on CIFAR-10 (binary layout) with the recipe of `npm run bench:accuracy`: a line of JSON an epoch."""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from pytorch_step import resnet

MEAN = torch.tensor([0.4914, 0.4822, 0.4465]).view(1, 3, 1, 1)
STD = torch.tensor([0.2470, 0.2435, 0.2616]).view(1, 3, 1, 1)


def load(files):
    raw = np.concatenate([np.fromfile(file, np.uint8).reshape(-1, 3073) for file in files])
    return torch.from_numpy(raw[:, 1:].reshape(-1, 3, 32, 32)), torch.from_numpy(raw[:, 0].astype(np.int64))


def resnet20():
    model = resnet((16, 32, 64), 3, True)
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight)
    return model


def augmented(images, generator):
    padded = F.pad(images, (4, 4, 4, 4))
    rows = torch.randint(0, 9, (len(images),), generator=generator).tolist()
    columns = torch.randint(0, 9, (len(images),), generator=generator).tolist()
    flips = (torch.rand(len(images), generator=generator) < 0.5).tolist()
    cut = [padded[i, :, r : r + 32, c : c + 32] for i, (r, c) in enumerate(zip(rows, columns, strict=True))]
    return torch.stack([image.flip(2) if flip else image for image, flip in zip(cut, flips, strict=True)])


def normalized(images):
    return (images.float() / 255 - MEAN) / STD


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    generator = torch.Generator().manual_seed(options.seed)
    images, labels = load(sorted(options.folder.glob("data_batch_*.bin")))
    test_images, test_labels = load([options.folder / "test_batch.bin"])
    model = resnet20()
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": 5e-4}, {"params": others, "weight_decay": 0}]
    optimizer = torch.optim.SGD(groups, lr=0.1, momentum=0.9)
    per_epoch = len(images) // 128
    total = options.epochs * per_epoch
    step = 0
    for epoch in range(options.epochs):
        begun = time.time()
        model.train()
        order = torch.randperm(len(images), generator=generator)
        loss_sum = 0.0
        for at in range(per_epoch):
            chosen = order[at * 128 : (at + 1) * 128]
            for group in optimizer.param_groups:
                group["lr"] = 0.05 * (1 + math.cos(math.pi * step / total))
            loss = F.cross_entropy(model(normalized(augmented(images[chosen], generator))), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss_sum += loss.item()
            step += 1
        model.eval()
        with torch.no_grad():
            right = sum(
                (model(normalized(x)).argmax(1) == y).sum().item()
                for x, y in zip(test_images.split(500), test_labels.split(500), strict=True)
            )
        record = {"epoch": epoch + 1, "trainLoss": loss_sum / per_epoch, "valAccuracy": right / len(test_labels)}
        print(json.dumps({**record, "seconds": time.time() - begun}), flush=True)


main()
