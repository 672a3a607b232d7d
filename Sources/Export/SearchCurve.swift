/// The picture of a search as SVG: the reward of every candidate as a point and the best so far as a line, for one
/// search or several to compare.
public struct SearchCurve: Hashable, Sendable {
  /// One search.
  public struct Series: Hashable, Sendable {
    /// Its name in the legend.
    public let name: String
    /// The reward of each candidate in index order, nil for one that failed.
    public let rewards: [Double?]

    /// Creates a series.
    public init(name: String, rewards: [Double?]) {
      self.name = name
      self.rewards = rewards
    }

    /// The best reward so far at each index, nil before the first success.
    public var bestSoFar: [Double?] {
      var best: Double?
      return rewards.map { reward in
        if let reward, reward.isFinite { best = max(best ?? reward, reward) }
        return best
      }
    }
  }

  private let series: [Series]
  private let title: String
  private let frame: ChartFrame

  /// Prepares a chart.
  /// - Parameter rewardName: the vertical axis' title.
  public init(_ series: [Series], title: String, rewardName: String = "validation accuracy") {
    self.series = series
    self.title = title
    let rewards = series.flatMap(\.rewards).compactMap { $0 }.filter(\.isFinite)
    let longest = series.map(\.rewards.count).max() ?? 0
    frame = ChartFrame(
      horizontal: AxisTicks(low: 0, high: Double(max(longest - 1, 1)), count: 8, isWhole: true),
      vertical: AxisTicks(low: rewards.min() ?? 0, high: rewards.max() ?? 1, count: 6),
      horizontalTitle: "candidate", verticalTitle: rewardName)
  }

  /// The SVG document.
  public func svg() -> String {
    frame.document(title: title, legend: legend) { document in
      for (index, one) in series.enumerated() { drawPoints(one, index: index, into: &document) }
      for (index, one) in series.enumerated() { drawBest(one, index: index, into: &document) }
    }
  }

  /// Points are full in the first round of colours, rings in the next.
  private func drawPoints(_ series: Series, index: Int, into document: inout SVGDocument) {
    let color = ChartFrame.color(index)
    let isRing = ChartFrame.dashes(index) != nil
    for (candidate, reward) in series.rewards.enumerated() {
      if let reward, reward.isFinite {
        document.circle(
          frame.place(Double(candidate), reward), radius: 2.6, fill: isRing ? "#ffffff" : color,
          stroke: isRing ? color : "none", opacity: isRing ? 1 : 0.45)
      } else {
        // A failed candidate: a small cross on the axis.
        document.cross(frame.place(Double(candidate), frame.vertical.lower), stroke: color)
      }
    }
  }

  /// The best so far as steps: it changes at the candidate that raised it.
  private func drawBest(_ series: Series, index: Int, into document: inout SVGDocument) {
    var data = ""
    var last: Double?
    for (candidate, best) in series.bestSoFar.enumerated() {
      guard let best else { continue }
      let point = frame.place(Double(candidate), best)
      if let last {
        if best != last || candidate == series.rewards.count - 1 {
          data += "H\(Coordinate.text(point.x))" + (best == last ? "" : "V\(Coordinate.text(point.y))")
        }
      } else {
        data += "M\(Coordinate.text(point.x)) \(Coordinate.text(point.y))"
      }
      last = best
    }
    guard !data.isEmpty else { return }
    document.path(data, stroke: ChartFrame.color(index), width: 2, dashes: ChartFrame.dashes(index))
  }

  private var legend: ChartLegend {
    var legend = ChartLegend()
    for (index, one) in series.enumerated() {
      let name = one.name.isEmpty ? "series \(index + 1)" : one.name
      legend.add(
        "\(name), best so far", color: ChartFrame.color(index), symbol: .line, dashes: ChartFrame.dashes(index))
    }
    legend.add("one candidate", color: "#777777", symbol: .point)
    if series.contains(where: { $0.rewards.contains { !($0?.isFinite ?? false) } }) {
      legend.add("failed candidate", color: "#777777", symbol: .cross)
    }
    return legend
  }
}
