/**
 * onnxruntime tells its maker about the machine unless it is told not to, before it is loaded for the first time and on
 * the main thread, since a worker's environment is only its own. Hosts in processes inherit it.
 * https://github.com/microsoft/onnxruntime/pull/27379
 */
process.env.ORT_DISABLE_TELEMETRY = '1';
