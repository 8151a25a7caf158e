export * from "./scrip.js";
