/// A plan's lists where they can be read without counting references.
struct PlanTables {
  let steps: UnsafeMutablePointer<Step>
  let stepCount: Int
  let phases: UnsafeMutablePointer<Phase>
  let phaseCount: Int
  let closings: UnsafeMutablePointer<Closing>
  let weights: UnsafeMutablePointer<PackedWeights>
  let weightCount: Int
  let normalizations: UnsafeMutablePointer<NormalizationSlot>
  /// `offsets[buffer]` is a buffer's place in the arena.
  let offsets: UnsafeMutablePointer<Int>
  /// Lanes of channels and places of scalars.
  let places: UnsafeMutablePointer<Int32>

  init(_ plan: ExecutionPlan) {
    steps = PlanTables.copy(plan.steps)
    stepCount = plan.steps.count
    phases = PlanTables.copy(plan.phases)
    phaseCount = plan.phases.count
    closings = PlanTables.copy(plan.closings)
    weights = PlanTables.copy(plan.weights)
    weightCount = plan.weights.count
    normalizations = PlanTables.copy(plan.normalizations)
    offsets = PlanTables.copy(plan.offsets)
    places = PlanTables.copy(plan.table)
  }

  private static func copy<Element>(_ values: [Element]) -> UnsafeMutablePointer<Element> {
    let pointer = UnsafeMutablePointer<Element>.allocate(capacity: values.count)
    pointer.initialize(from: values, count: values.count)
    return pointer
  }

  func deallocate() {
    steps.deallocate()
    phases.deallocate()
    closings.deallocate()
    weights.deallocate()
    normalizations.deallocate()
    offsets.deallocate()
    places.deallocate()
  }
}
