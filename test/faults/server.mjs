/*
 * Runs the command lines that its parent sends, one after the other in this process, which saves the start of Node.js for
 * each. Each comes with changes to the environment, which libraries that were preloaded see too.
 */
import { main } from '../../dist/cli/main.js';

let stderr = '';
process.stderr.write = (text) => {
  stderr += text;
  return true;
};
process.stdout.write = () => true;

process.on('message', async ({ argv, environment }) => {
  Object.assign(process.env, environment);
  stderr = '';
  const exitCode = await main(argv);
  process.send({ exitCode, stderr });
});
