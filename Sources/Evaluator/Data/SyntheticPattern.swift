import SearchSpace

/// The patterns of the synthetic data set: the classes, in the order of the labels.
///
/// Each looks the same after a horizontal flip. Where the pattern lies, its size, its tilt and both colours are random,
/// so that the mean image of every class is the same grey: a linear classifier of the pixels stays near chance.
enum SyntheticPattern: Int, CaseIterable, Sendable {
  case disc, ring, square, frame, cross, saltire, triangle, rows, columns, checkerboard

  /// Whether the point (u, v) belongs to the figure, which spans about -1...1 both ways; stripes go on for ever.
  func contains(_ u: Double, _ v: Double) -> Bool {
    let (across, down) = (abs(u), abs(v))
    let reach = max(across, down)
    let distance = u * u + v * v
    switch self {
    case .disc: return distance < 1
    case .ring: return distance < 1 && distance > 0.3
    case .square: return reach < 0.9
    case .frame: return reach < 0.95 && reach > 0.5
    case .cross: return reach < 1 && min(across, down) < 0.3
    case .saltire: return reach < 0.9 && abs(across - down) < 0.4
    case .triangle: return down < 0.9 && across < (v + 0.9) * 0.55
    case .rows: return SyntheticPattern.isFirstHalf(v)
    case .columns: return SyntheticPattern.isFirstHalf(u)
    case .checkerboard: return SyntheticPattern.isFirstHalf(u) == SyntheticPattern.isFirstHalf(v)
    }
  }

  private static func isFirstHalf(_ position: Double) -> Bool {
    position - position.rounded(.down) < 0.5
  }
}

/// One random scene: a pattern, its place and colours, the light and the noise.
struct SyntheticScene {
  private let pattern: SyntheticPattern
  private let centre: (x: Double, y: Double)
  private let tilt: (cosine: Double, sine: Double)
  private let colours: (pattern: [Double], ground: [Double])
  private let light: (x: Double, y: Double)
  private let noise: Int

  /// The side of the images: CIFAR-10's.
  static let side = 32

  /// Draws a scene. Only arithmetic that IEEE 754 rounds exactly is used (no sine), so that every machine draws alike.
  init(_ pattern: SyntheticPattern, random: inout RandomStream) {
    func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * random.uniform() }
    self.pattern = pattern
    // At most 4 pixels from the border: a crop after padding by 4 keeps the figure whole.
    let radius = between(5, 8)
    centre = (between(12, 20), between(12, 20))
    let slope = between(-0.25, 0.25)
    let cosine = 1 / (1 + slope * slope).squareRoot()
    tilt = (cosine / radius, slope * cosine / radius)
    colours = SyntheticScene.colours(&random)
    light = (between(-2, 2), between(-2, 2))
    noise = Int(between(8, 80))
  }

  /// Two colours, uniform among all pairs that differ by at least 90 summed over the channels. Pattern and ground are
  /// interchangeable, so neither is brighter on average.
  private static func colours(_ random: inout RandomStream) -> (pattern: [Double], ground: [Double]) {
    while true {
      let first = (0..<3).map { _ in Double(random.integer(below: 256)) }
      let second = (0..<3).map { _ in Double(random.integer(below: 256)) }
      let difference = zip(first, second).reduce(0) { $0 + abs($1.0 - $1.1) }
      if difference >= 90 { return (first, second) }
    }
  }

  /// Appends side × side × 3 bytes (NHWC).
  func draw(to pixels: inout [UInt8], random: inout RandomStream) {
    for row in 0..<SyntheticScene.side {
      for column in 0..<SyntheticScene.side {
        let (x, y) = (Double(column) - centre.x, Double(row) - centre.y)
        let inside = pattern.contains(x * tilt.cosine + y * tilt.sine, y * tilt.cosine - x * tilt.sine)
        let middle = Double(SyntheticScene.side - 1) / 2
        let shade = light.x * (Double(column) - middle) + light.y * (Double(row) - middle)
        var bits = random.next()
        for channel in 0..<3 {
          let colour = inside ? colours.pattern[channel] : colours.ground[channel]
          // The sum of two bytes: triangular noise within ±noise levels.
          let centred = Int(bits & 0xFF) + Int(bits >> 8 & 0xFF) - 255
          bits >>= 16
          pixels.append(UInt8(min(max(Int(colour + shade) + centred * noise / 256, 0), 255)))
        }
      }
    }
  }
}
