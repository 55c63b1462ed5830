import { count, number, optional, text } from '../field.js';

/** The model and what it is shown. */
export const dataFields = {
  model: optional(text('', 'name of a built-in network, or path of an ONNX file')),
  classes: optional(count(0, { least: 2 }, 'number of classes; by default that of the data')),
  imageSize: optional(
    count(
      0,
      { least: 1 },
      'height and width of the images in pixels; by default those of the data',
    ),
  ),
  data: optional(text('', 'the data set and where it is, such as cifar10:FOLDER')),
  valSplit: number(
    0,
    { least: 0, below: 1 },
    'part of the training images held out for validation where the data have no such part',
  ),
  workers: count(2, { least: 0 }, 'threads that prepare batches'),
  augment: text('', 'changes of the training images, in order, such as crop=4,flip'),
  mixup: number(0, { least: 0 }, 'alpha of mixup, which mixes images in pairs; 0 for none'),
  cutmix: number(0, { least: 0 }, 'alpha of cutmix, which swaps parts of images; 0 for none'),
};
