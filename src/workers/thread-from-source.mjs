// In development and in tests a thread runs the sources as they are; it does not inherit the loader for that.
import { register } from 'tsx/esm/api';

register();
const { default: run } = await import('./thread.ts');
export default run;
