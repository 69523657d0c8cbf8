// TensorFlow.js on the CPU under Node as a worker, 32 bits: layers and RMSprop as the original uses them.
const path = require("node:path");
const tf = require(path.join(__dirname, ".peers", "node_modules", "@tensorflow/tfjs"));
const readline = require("node:readline");

const kinds = { lstm: tf.layers.lstm, gru: tf.layers.gru, rnn: tf.layers.simpleRNN };
const prepared = new Map();

function prepare(work) {
  const key = JSON.stringify(work);
  if (!prepared.has(key)) {
    const model = tf.sequential();
    for (let layer = 0; layer < work.layers; layer += 1) {
      model.add(kinds[work.cell]({
        units: work.units,
        returnSequences: layer < work.layers - 1,
        ...(layer === 0 ? { inputShape: [work.steps, 1] } : {}),
      }));
    }
    model.add(tf.layers.dense({ units: 1, activation: "tanh" }));
    model.compile({ optimizer: tf.train.rmsprop(0.001), loss: "meanSquaredError" });
    const inputs = tf.randomUniform([work.sequences, work.steps, 1], -1, 1);
    const targets = tf.randomUniform([work.sequences, 1], -1, 1);
    prepared.set(key, { model, inputs, targets });
  }
  return prepared.get(key);
}

async function main() {
  await tf.setBackend("cpu");
  await tf.ready();
  console.log(JSON.stringify({ version: `TensorFlow.js ${tf.version.tfjs}, Node ${process.version}, 32 bits` }));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const work = JSON.parse(line);
    const { model, inputs, targets } = prepare(work);
    const wall = process.hrtime.bigint();
    const cpu = process.cpuUsage();
    await model.fit(inputs, targets, { batchSize: work.batch, epochs: 1, shuffle: false, verbose: 0, yieldEvery: "never" });
    const used = process.cpuUsage(cpu);
    const ms = Number(process.hrtime.bigint() - wall) / 1e6;
    console.log(JSON.stringify({ ms, cpu_ms: (used.user + used.system) / 1e3 }));
  }
}

main();
