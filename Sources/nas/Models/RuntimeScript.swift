/// A Python script that runs an exported file on images and prints the logits as JSON: `{"runtime": …, "logits": …}`, or
/// `{"missing": …}` where the runtime is not installed.
struct RuntimeScript {
  /// The runtime's name.
  let runtime: String
  /// Whether the script also reads the weights from a file.
  let needsWeights: Bool
  let text: String

  /// The script for a format; nil where nothing can be run.
  init?(_ format: ExportFormat) {
    switch format {
    case .json, .darts, .dot, .svg, .text, .card, .safetensors: return nil
    case .onnx: self.init(runtime: "onnxruntime", needsWeights: false, text: RuntimeScript.onnx)
    case .pytorch: self.init(runtime: "PyTorch", needsWeights: true, text: RuntimeScript.pytorch)
    }
  }

  private init(runtime: String, needsWeights: Bool, text: String) {
    self.runtime = runtime
    self.needsWeights = needsWeights
    self.text = text
  }

  /// usage: script MODEL.onnx IMAGES.safetensors. The first image alone, then all others together.
  private static let onnx = """
    import json, struct, sys
    try:
        import numpy, onnxruntime
    except ImportError as error:
        print(json.dumps({"missing": error.name}))
        sys.exit(0)
    try:
        import onnx
        onnx.checker.check_model(sys.argv[1], full_check=True)
        checked = " and the checker of onnx " + onnx.__version__
    except ImportError:
        checked = ""
    with open(sys.argv[2], "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        images = numpy.frombuffer(file.read(), "<f4").reshape(header["images"]["shape"])
    session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
    logits = [session.run(["logits"], {"images": part})[0].tolist() for part in (images[:1], images[1:])]
    print(json.dumps({"runtime": "onnxruntime " + onnxruntime.__version__ + checked, "logits": logits[0] + logits[1]}))
    """

  /// usage: script MODULE.py IMAGES.safetensors WEIGHTS.safetensors.
  private static let pytorch = """
    import importlib.machinery, importlib.util, json, sys
    sys.dont_write_bytecode = True
    try:
        import torch
    except ImportError as error:
        print(json.dumps({"missing": error.name}))
        sys.exit(0)
    # By this loader, whatever the file's name ends in.
    loader = importlib.machinery.SourceFileLoader("exported", sys.argv[1])
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("exported", loader))
    loader.exec_module(module)
    model = module.load(sys.argv[3])
    images = module.read_weights(sys.argv[2])["images"]
    with torch.no_grad():
        logits = [model(part).tolist() for part in (images[:1], images[1:])]
    print(json.dumps({"runtime": "PyTorch " + torch.__version__, "logits": logits[0] + logits[1]}))
    """
}
