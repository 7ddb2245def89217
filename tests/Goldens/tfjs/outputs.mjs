// What TensorFlow.js computes with a graph model of a made-up input, for tests/Onnx/TfjsTests.cs: a value in so many of every output.
//   npm install @tensorflow/tfjs@4.22.0; node outputs.mjs MODEL.json OUT.json
// The input: value i is ((i · 7919) mod 10007) / 10007, taken to -2..2 for inputs with the channels first, to whole numbers 0..254 for the others.
import * as tf from '@tensorflow/tfjs';
import fs from 'fs';

const [, , path, out] = process.argv;
const json = JSON.parse(fs.readFileSync(path));
const weights = fs.readFileSync(path.replace('.json', '.bin'));
await tf.setBackend('cpu');
const model = await tf.loadGraphModel({
  load: async () => ({
    modelTopology: json.modelTopology,
    format: json.format,
    signature: json.signature,
    weightSpecs: json.weightsManifest[0].weights,
    weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.length),
  }),
});
const shape = model.inputs[0].shape;
const input = new Float32Array(shape.reduce((a, b) => a * b, 1)).map((_, i) => {
  const part = ((i * 7919) % 10007) / 10007;
  return shape[1] === 3 ? part * 4 - 2 : Math.floor(part * 255);
});
const names = Object.keys(json.signature.outputs).map(name => name.split(':')[0]);
const result = {};
model.execute(tf.tensor(input, shape), names).forEach((value, i) => {
  const data = value.dataSync();
  const step = Math.max(1, Math.floor(data.length / 60));
  result[names[i]] = { shape: value.shape, step, values: Array.from(data.filter((_, j) => j % step === 0)) };
});
fs.writeFileSync(out, JSON.stringify(result));
