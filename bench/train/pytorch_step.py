"""The networks of `npm run bench:train` in PyTorch, run eagerly.

python pytorch_step.py NET BATCH THREADS DEVICE
DEVICE is cpu or cuda; the batch is on the host, and float32 is not rounded to TF32.
Prints {"torch": version}; then answers each line of its input, `step` or `forward`, with the seconds that one took and
those of processor time, and `memory` with the largest resident set of the process in bytes. Between two lines it sleeps.
"""
import json
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional


class Block(nn.Module):
    """Two 3x3 convs beside a shortcut: a 1x1 conv, or (option A) strided pixels with channels of zeros."""

    def __init__(self, inputs, outputs, stride, option_a):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.sides = (outputs - inputs) // 2
        self.shortcut = nn.Sequential()
        if not option_a and (stride != 1 or inputs != outputs):
            conv = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.shortcut = nn.Sequential(conv, nn.BatchNorm2d(outputs))
        self.option_a = option_a and inputs != outputs

    def forward(self, x):
        y = functional.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.option_a:
            short = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.sides, self.sides))
        else:
            short = self.shortcut(x)
        return functional.relu(y + short)


def classifier(layers, width):
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10))


def resnet(widths, blocks, option_a):
    layers = [nn.Conv2d(3, widths[0], 3, 1, 1, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU()]
    channels = widths[0]
    for stage, width in enumerate(widths):
        for i in range(blocks):
            layers.append(Block(channels, width, 2 if stage > 0 and i == 0 else 1, option_a))
            channels = width
    return classifier(layers, channels)


def vgg(convs):
    layers, channels = [], 3
    for width, count in zip((64, 128, 256, 512, 512), convs):
        for _ in range(count):
            layers += [nn.Conv2d(channels, width, 3, 1, 1), nn.BatchNorm2d(width), nn.ReLU()]
            channels = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 10))


def mobilenet():
    layers = [nn.Conv2d(3, 32, 3, 1, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU()]
    channels = 32
    blocks = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
    for width, stride in blocks + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]:
        layers += [
            nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        ]
        channels = width
    return classifier(layers, channels)


networks = {
    "resnet20": lambda: resnet((16, 32, 64), 3, True),
    "resnet18": lambda: resnet((64, 128, 256, 512), 2, False),
    "vgg11": lambda: vgg((1, 1, 2, 2, 2)),
    "vgg16": lambda: vgg((2, 2, 3, 3, 3)),
    "mobilenet_v1": mobilenet,
}


def main():
    name, batch, threads, device = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    torch.backends.cudnn.allow_tf32 = False
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    net = networks[name.removesuffix("_cifar")]().to(device)
    images, labels = torch.randn(batch, 3, 32, 32), torch.randint(0, 10, (batch,))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)

    def step():
        net.train()
        optimizer.zero_grad()
        loss = functional.cross_entropy(net(images.to(device)), labels.to(device))
        loss.backward()
        optimizer.step()
        return loss.item()

    def forward():
        net.eval()
        with torch.inference_mode():
            return net(images.to(device)).cpu()

    print(json.dumps({"torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        command = line.strip()
        if command == "memory":
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            print(peak * (1 if sys.platform == "darwin" else 1024), flush=True)
            continue
        start, processor = time.perf_counter(), time.process_time()
        {"step": step, "forward": forward}[command]()
        print(time.perf_counter() - start, time.process_time() - processor, flush=True)


if __name__ == "__main__":
    main()
