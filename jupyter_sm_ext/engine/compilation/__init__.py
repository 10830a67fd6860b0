"""Compilation jobs: ONNX models through onnxruntime's offline optimisation, each in a process of its own."""
