export { check } from '../string/check';
