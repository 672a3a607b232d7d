import Evaluator

/// The settings of `nas search`, in the order in which `--print-config` shows them.
enum SearchSchema {
  static let all: [Setting] = what + how + TrainingSettings.schema(.search) + resources

  static let what = [
    Setting(
      key: "space", defaultValue: "nasnet",
      help: "The search space: nasnet, amoebanet, nasbench201, or a JSON file with operations, and blocks or nodes."),
    Setting(
      key: "cells", defaultValue: "1", help: "N: normal cells per stack; 3N normal and 2 reduction cells in all."),
    Setting(key: "filters", defaultValue: "8", help: "F: filters of the first stack's cells."),
    Setting(key: "max-parameters", defaultValue: "", help: "Turn down candidates with more trainable parameters."),
    Setting(key: "max-multiply-adds", defaultValue: "", help: "Turn down candidates with more multiply-adds an image."),
  ]

  static let how = [
    Setting(
      key: "controller", defaultValue: "evolution",
      help: "random, evolution, rl (an LSTM), reinforce (independent logits), local-search or bayesian."),
    Setting(
      key: "preset", defaultValue: "small",
      help:
        "The controller's settings: small (for 50 to 500 candidates), published (the papers') or tabular (for small "
        + "spaces)."),
    Setting(key: "population", defaultValue: "", help: "evolution: the population P (preset: see --print-config)."),
    Setting(key: "sample-size", defaultValue: "", help: "evolution: the tournament's size S."),
    Setting(key: "evaluations", defaultValue: "50", help: "How many candidates to evaluate."),
    Setting(key: "max-time", defaultValue: "", help: "Stop proposing after this long: 90s, 15m, 2h."),
    Setting(
      key: "duplicates", defaultValue: "",
      help: "A candidate seen before: reuse its result, reevaluate it, or skip to another proposal."
        + " Default: reevaluate for evolution, whose ageing relies on it; reuse otherwise."),
    Setting(
      key: "window", defaultValue: "8",
      help: "W: candidate i is proposed knowing the results of candidates up to i-W; at most W workers are busy."),
    Setting(key: "seed", defaultValue: "0", help: "The run's seed; the same seed gives the same run."),
  ]

  static let resources = [
    Setting(
      key: "workers", defaultValue: "",
      help:
        "Worker processes; at most the window is busy. Default: what gives the most candidates an hour, all workers'"
        + " threads together being at most one per core."),
    Setting(key: "threads", defaultValue: "", help: "Threads in each worker. Default: the same."),
    Setting(
      key: "candidate-time", defaultValue: "", help: "A candidate that takes longer is a recorded failure: 90s, 15m."),
    Setting(
      key: "candidate-memory", defaultValue: "",
      help: "A candidate whose worker takes more memory is a recorded failure: 800M, 2G."),
  ]
}
