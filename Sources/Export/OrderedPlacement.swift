/// Positions on a line, in a given order, as near as possible to where each would like to be.
enum OrderedPlacement {
  /// Minimises Σ (position − wish)² subject to `position[k + 1] − position[k] ≥ separations[k]`.
  ///
  /// Subtracting the running separations turns this into isotonic regression, which pooling adjacent violators solves
  /// exactly (Ayer et al. 1955).
  /// - Parameter separations: one fewer than there are wishes.
  static func positions(wishes: [Double], separations: [Double]) -> [Double] {
    var offsets = [0.0]
    for separation in separations { offsets.append((offsets.last ?? 0) + separation) }
    var pools: [(sum: Double, count: Int)] = []
    for (wish, offset) in zip(wishes, offsets) {
      pools.append((wish - offset, 1))
      while pools.count > 1 {
        let last = pools[pools.count - 1]
        let previous = pools[pools.count - 2]
        guard previous.sum / Double(previous.count) > last.sum / Double(last.count) else { break }
        pools.removeLast(2)
        pools.append((previous.sum + last.sum, previous.count + last.count))
      }
    }
    let levels = pools.flatMap { [Double](repeating: $0.sum / Double($0.count), count: $0.count) }
    return zip(levels, offsets).map { $0 + $1 }
  }
}
