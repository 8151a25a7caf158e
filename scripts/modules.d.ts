// What scripts/build-worker.sh makes of imports that are not TypeScript.

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*.sql" {
  const text: string;
  export default text;
}
