// Reading specs: what is understood, and for every kind of mistake the file, line and key that a user needs.

import Tensors
import Networks
import Training
import Experiments
import Reproducibility
import Testing

private let good = """
  experiment: example
  question: Does it work?
  network: { lenet5-caffe: { activation: none } }
  dataset: { name: { each: [mnist, fashion-mnist] }, validation: 6000 }
  dense:
    optimizer: { sgd: { momentum: 0.9 } }
    schedule: { cosine: { peak: 0.05 } }
    epochs: 20
  shared:
    scheme: { chain: [ prune: { density: { each: [0.5, 0.1] } }, float16 ] }
    retraining: { epochs: 5 }
  methods:
    - one-shot
    - one-shot-retrain
    - dense-continued
  seeds: [1, 2, 3]
  moreSeeds:
    - { where: { density: [0.1] }, seeds: [4, 5] }
  profiles:
    quick: { dataset.name: fashion-mnist, dense.epochs: 1, moreSeeds: [] }
    standard: {}
  """

private func read(
  _ text: String, profile: String = "standard", set: [(path: String, value: String)] = []
) throws(SpecErrors) -> Experiment {
  try Experiment(
    yaml: text, file: "papers/x/experiments/example.yaml", paper: "x", profile: profile,
    overrides: set)
}

@Suite struct SpecTests {
  @Test("sweeps, shared fields and seeds expand to cells")
  func expansion() throws {
    let experiment = try read(good)
    // Two data sets, times two densities for two methods and one cell without density.
    #expect(experiment.cells.count == 10)
    let counts = experiment.cells.map {
      "\($0.run.methodName) \($0.coordinates["density"]?.summary ?? "-") \($0.seeds.count)"
    }
    #expect(
      counts.prefix(5) == [
        "one-shot 0.5 3", "one-shot 0.1 5", "one-shot 0.5 3", "one-shot 0.1 5",
        "one-shot-retrain 0.5 3",
      ])
    #expect(experiment.cells.allSatisfy { $0.run.dense?.epochs == 20 })
    #expect(Set(experiment.cells.map { $0.run.datasetName }) == ["mnist", "fashion-mnist"])
  }

  @Test("values with labels may be swept in turn")
  func nestedSweeps() throws {
    let text = good.replacing(
      "scheme: { chain: [ prune: { density: { each: [0.5, 0.1] } }, float16 ] }",
      with:
        "scheme: { each: { few: { prune: { density: { each: [0.1, 0.5] } } }, plain: { float16: {} } } }"
    )
    let experiment = try read(text)
    let found = experiment.cells.filter { $0.run.methodName == "one-shot" }.map {
      "\($0.coordinates["scheme"]?.summary ?? "-") \($0.coordinates["density"]?.summary ?? "-")"
    }
    #expect(found == ["few 0.1", "few 0.5", "plain -", "few 0.1", "few 0.5", "plain -"])
  }

  @Test("a profile and --set change what they name")
  func overrides() throws {
    let quick = try read(good, profile: "quick", set: [("dense.batch", "64")])
    #expect(quick.cells.count == 5)
    #expect(quick.cells.allSatisfy { $0.run.dense?.epochs == 1 && $0.run.dense?.batch == 64 })
    #expect(quick.cells.allSatisfy { $0.seeds == [1, 2, 3] })
    let plain = try read(good, profile: "quick")
    #expect(plain.cells[0].run != quick.cells[0].run)
  }

  @Test("a profile that the spec lacks has no runs")
  func missingProfile() throws {
    #expect(try read(good, profile: "paper").cells.isEmpty)
  }

  @Test("comments and white space change nothing")
  func whiteSpace() throws {
    let spaced = good.replacing("  dense:\n", with: "\n  # a remark\n  dense:\n\n")
    #expect(try read(spaced).cells == read(good).cells)
  }

  @Test("a network may be a list of layers")
  func layerList() throws {
    let text = good.replacing(
      "{ lenet5-caffe: { activation: none } }",
      with: "{ layers: [ flatten, linear: { outputs: 32 }, relu, linear: { outputs: 10 } ] }")
    let network = try #require(try read(text).cells.first).run.network
    let built = try #require(network).build(inputShape: [28, 28, 1], seed: Seed(1))
    #expect(built.parameterCount == 784 * 32 + 32 + 320 + 10)
  }

  /// What replaces what, the line that must be named, and words that must be said.
  static let mistakes: [(from: String, to: String, line: Int, key: String, words: [String])] = [
    (
      "prune:", "prone:", 10, "methods[0].one-shot.scheme.chain[0]",
      ["‘prone’", "did you mean ‘prune’"]
    ),
    ("epochs: 20", "epoch: 20", 8, "dense.epoch", ["did you mean ‘epochs’"]),
    ("epochs: 20", "epochs: many", 8, "dense.epochs", ["a whole number", "‘many’"]),
    ("epochs: 20", "epochs: 0", 8, "dense.epochs", ["1 or more"]),
    ("momentum: 0.9", "momentum: 1.5", 6, "dense.momentum", ["0 ≤ momentum < 1"]),
    ("0.5, 0.1]", "1.5, 0.1]", 10, "density", ["1.5"]),
    (
      "activation: none", "activation: gelu", 3, "network.lenet5-caffe.activation",
      ["known: none, relu"]
    ),
    ("lenet5-caffe", "lenet5-cafe", 3, "network", ["did you mean ‘lenet5-caffe’"]),
    ("[mnist, fashion", "[minst, fashion", 4, "dataset.name", ["did you mean ‘mnist’"]),
    ("validation: 6000", "validation: -1", 4, "dataset.validation", ["0 or more"]),
    ("- one-shot\n", "- one-shoot\n", 13, "methods[0]", ["did you mean ‘one-shot’"]),
    (
      "- one-shot\n", "- joint-admm: { scheme: { bit-budget: { totalBits: 3 } } }\n", 13,
      "methods[0].joint-admm.scheme", ["a budget of 3 bits", "4 to 13776000"]
    ),
    (
      "- one-shot\n", "- joint-admm: { scheme: { bit-budget: { ratio: 9, only: conv9 } } }\n", 13,
      "methods[0].joint-admm.scheme", ["‘conv9’ matches no weight"]
    ),
    (
      "- one-shot\n",
      "- joint-admm: { scheme: { bit-budget: { ratio: 9 } }, training: { warmUpEpochs: 5 } }\n", 13,
      "methods[0].joint-admm.training.warmUpEpochs", ["0 to epochs"]
    ),
    (
      "- one-shot\n", "- joint-admm: { scheme: { float16: {} } }\n", 13,
      "methods[0].joint-admm.scheme", ["has no budget"]
    ),
    (
      "- one-shot\n",
      "- unification-admm: { scheme: { unify: { block: [4, 4], pruned: 0.6, unified: 0.6 } } }\n",
      13,
      "methods[0].unification-admm.scheme.unify.unified", ["at most 1 − pruned"]
    ),
    (
      "- one-shot\n",
      "- unification-admm: { scheme: { unify: { block: [999, 999], unified: 1 } } }\n", 13,
      "methods[0].unification-admm.scheme", ["are larger than conv2.weight"]
    ),
    (
      "- one-shot\n",
      "- unification-admm: { scheme: { unify: { unified: 1, only: conv9 } } }\n", 13,
      "methods[0].unification-admm.scheme", ["‘conv9’ matches no weight"]
    ),
    (
      "- one-shot\n",
      "- unification-admm: { scheme: { unify: { unified: 1 } }, sharing: frozen }\n", 13,
      "methods[0].unification-admm.sharing", ["leaves nothing to train"]
    ),
    (
      "- one-shot\n", "- unification-admm: { scheme: { float16: {} } }\n", 13,
      "methods[0].unification-admm.scheme", ["needs a scheme with unify"]
    ),
    (
      "- one-shot\n",
      "- progressive-unification: { scheme: { unify: { unified: 1 } }, stages: 0 }\n", 13,
      "methods[0].progressive-unification.stages", ["1 or more"]
    ),
    ("seeds: [1, 2, 3]", "seeds: [1, 1]", 16, "seeds", ["different"]),
    ("density: [0.1] }", "density: [0.3] }", 18, "moreSeeds[0]", ["matches no run"]),
    ("standard: {}", "stendard: {}", 21, "profiles.stendard", ["did you mean ‘standard’"]),
    ("question:", "questions:", 2, "questions", ["did you mean ‘question’"]),
    ("experiment: example", "experiment: other", 1, "experiment", ["the file's name, ‘example’"]),
    ("shared:\n", "shared:\n  rounds: 3\n", 10, "shared.rounds", ["no method has such a field"]),
    ("epochs: 20", "epochs: [1", 9, "", ["not valid YAML"]),
    ("epochs: 20", "epochs: 20\n  epochs: 3", 9, "epochs", ["stands twice"]),
    ("question: Does it work?", "question: [a]", 2, "question", ["expected text", "a list"]),
    ("question: Does it work?", "waits: [a]", 2, "waits", ["expected text"]),
    ("validation: 6000", "validation: 60000", 4, "dataset.validation", ["less than 60000"]),
    ("validation: 6000", "splitSeed: -1", 4, "dataset.splitSeed", ["0 or more"]),
    ("epochs: 20", "epochs: 9223372036854775807", 8, "dense.epochs", ["1,000,000"]),
    ("epochs: 20", "batch: 9223372036854775807", 8, "dense.batch", ["1,000,000"]),
    ("[4, 5]", "[-4]", 18, "moreSeeds[0].seeds", ["from 0 on"]),
    ("[4, 5]", "[]", 18, "moreSeeds[0].seeds", ["at least one"]),
    ("- one-shot\n", "- ~\n", 13, "methods[0]", ["expected a method", "one-shot"]),
    ("- one-shot\n", "- one-shot\n  - one-shot\n", 14, "methods[1]", ["a run twice"]),
    ("[0.5, 0.1] } }", "[0.1, 0.1] } }", 13, "methods[0]", ["a run twice"]),
    ("standard: {}", "standard: { densse.epochs: 3 }", 21, "densse", ["did you mean ‘dense’"]),
    ("standard: {}", "standard: { \"seeds[x]\": 3 }", 21, "seeds[x]", ["a key path"]),
    (
      "scheme: { chain: [ prune: { density: { each: [0.5, 0.1] } }, float16 ] }", "scheme:", 0,
      "scheme", []
    ),
    ("dataset: {", "waits: {", 4, "waits", ["expected text"]),
    (
      "{ lenet5-caffe: { activation: none } }", "{ layers: [] }", 3, "network",
      ["at least one layer"]
    ),
    (
      "{ lenet5-caffe: { activation: none } }",
      "{ layers: [ flatten, linear: { outputs: 9223372036854775807 } ] }", 3, "network",
      ["‘fc1’", "more than"]
    ),
    (
      "seeds: [1, 2, 3]", "report: { tables: [ { columns: [test-acuracy] } ] }", 16,
      "report.tables[0].columns[0]", ["did you mean ‘test-accuracy’"]
    ),
    (
      "seeds: [1, 2, 3]", "report: { tables: [ { name: ../x } ] }", 16, "report.tables[0].name",
      ["no file name"]
    ),
    (
      "seeds: [1, 2, 3]", "report: { layers: [ { quantities: [nonzero] } ] }", 16,
      "report.layers[0].quantities[0]", ["did you mean ‘nonzeros’", "density, bits"]
    ),
    (
      "seeds: [1, 2, 3]", "report: { layers: [ { quantities: [bits, bits] } ] }", 16,
      "report.layers[0].quantities", ["different quantities"]
    ),
    (
      "seeds: [1, 2, 3]", "report: { layers: [ { quantities: [] } ] }", 16,
      "report.layers[0].quantities", ["at least one"]
    ),
    (
      "seeds: [1, 2, 3]", "report: { layers: [ { quantitys: [bits] } ] }", 16,
      "report.layers[0].quantitys", ["did you mean ‘quantities’"]
    ),
    (
      "seeds: [1, 2, 3]", "report: { histories: [ { name: a } ], layers: [ { name: a } ] }", 16,
      "report.layers[0].name", ["stands twice"]
    ),
    (
      "seeds: [1, 2, 3]", "report: { layers: [ { where: { denisty: [0.1] } } ] }", 16,
      "report.layers[0].where", ["matches no run", "did you mean ‘density’"]
    ),
    (
      "seeds: [1, 2, 3]",
      "report: { layers: [ { where: { density: [0.1], method: [one-shoot] } } ] }",
      16, "report.layers[0].where", ["matches no run", "did you mean ‘one-shot’"]
    ),
    (
      "seeds: [1, 2, 3]", "report: { histories: [ { where: { density: [0.3] } } ] }", 16,
      "report.histories[0].where", ["matches no run", "no density is ‘0.3’"]
    ),
    (
      "seeds: [1, 2, 3]", "report: { histories: [ { metric: a, panels: [ { metric: b } ] } ] }", 16,
      "report.histories[0].metric", ["no place beside ‘panels’"]
    ),
    (
      "seeds: [1, 2, 3]", "report: { histories: [ { panels: [ { label: b } ] } ] }", 16,
      "report.histories[0].panels[0]", ["‘metric’"]
    ),
    (
      "seeds: [1, 2, 3]", "report: { comparisons: [ { metric: test-acuracy } ] }", 16,
      "report.comparisons[0].metric", ["did you mean ‘test-accuracy’"]
    ),
    (
      "seeds: [1, 2, 3]", "report: { comparisons: [ { name: a } ] }", 16,
      "report.comparisons[0].pairs", ["a pair at least"]
    ),
    (
      "seeds: [1, 2, 3]",
      "report: { comparisons: [ { of: { method: one-shot }, minus: { method: one-shoot }, pairs: [ { label: a } ] } ] }",
      16, "report.comparisons[0].pairs[0]", ["no method is ‘one-shoot’"]
    ),
    (
      "seeds: [1, 2, 3]", "report: { figures: [ { where: { methd: [one-shot] } } ] }", 16,
      "report.figures[0].where", ["‘methd’ is not swept"]
    ),
    (
      "seeds: [1, 2, 3]",
      "report: { histories: [ { panels: [ { metric: a }, { metric: a } ] } ] }", 16,
      "report.histories[0].panels[1]", ["stands twice"]
    ),
    (
      "seeds: [1, 2, 3]",
      "report: { histories: [ { panels: [ {metric: a}, {metric: b}, {metric: c}, {metric: d} ] } ] }",
      16, "report.histories[0].panels", ["three at most"]
    ),
  ]

  @Test("what a report asks for is read with its defaults, and rules select dense networks too")
  func report() throws {
    let text = """
      seeds: [1, 2, 3]
      report:
        histories:
          - { name: two, panels: [ { metric: validation-loss, logarithmic: true }, { metric: training-loss, label: L } ] }
          - { name: one, metric: training-loss, label: M, logarithmic: true, where: { method: [dense] } }
        layers:
          - { name: plain, where: { method: [dense, nothing] } }
          - { name: all, quantities: [density, bits, nonzeros], logarithmic: false }
      """
    let report = try read(good.replacing("seeds: [1, 2, 3]", with: text)).report
    #expect(
      report.histories[0].drawnPanels.map { $0.metric } == ["validation-loss", "training-loss"])
    #expect(report.histories[0].drawnPanels.map { $0.label } == ["", "L"])
    #expect(report.histories[0].drawnPanels.map { $0.logarithmic } == [true, false])
    let single = try #require(report.histories[1].drawnPanels.first)
    #expect(single.metric == "training-loss" && single.label == "M" && single.logarithmic)
    #expect(report.layers[0].quantities == [.nonzeros, .bits] && report.layers[0].logarithmic)
    #expect(report.layers[1].quantities == [.density, .bits, .nonzeros])
    #expect(!report.layers[1].logarithmic)
  }

  @Test("a rule that only another profile or --set leaves without runs stops nothing")
  func unmatchedElsewhere() throws {
    let text = good.replacing(
      "seeds: [1, 2, 3]",
      with: "seeds: [1, 2, 3]\nreport: { layers: [ { where: { dataset: [mnist] } } ] }")
    #expect(try !read(text).cells.isEmpty)
    #expect(try !read(text, profile: "quick").cells.isEmpty)
    #expect(try !read(text, set: [("dataset.name", "fashion-mnist")]).cells.isEmpty)
  }

  @Test("a mistake is shown with its line, key and what is allowed", arguments: mistakes.indices)
  func mistake(index: Int) throws {
    let (from, to, line, key, words) = Self.mistakes[index]
    let text = good.replacing(from, with: to)
    try #require(text != good, "the example does not contain \(from)")
    let error = #expect(throws: SpecErrors.self) { try read(text) }
    let found = try #require(error?.errors.first)
    if line > 0 { #expect(found.line == line, "\(found)") }
    #expect(found.file == "papers/x/experiments/example.yaml")
    #expect(found.keyPath.contains(key), "\(found)")
    for word in words { #expect(found.problem.contains(word), "\(found)") }
  }

  @Test("a spec needs profiles, and they are a mapping", arguments: ["", "profiles: [quick]\n"])
  func profiles(text: String) throws {
    let start = try #require(good.firstRange(of: "profiles:")).lowerBound
    let error = #expect(throws: SpecErrors.self) { try read(String(good[..<start]) + text) }
    let found = try #require(error?.errors.first)
    #expect(found.keyPath == "profiles" && found.problem.contains("quick"), "\(found)")
  }

  @Test("an empty file is said to be empty")
  func empty() {
    let error = #expect(throws: SpecErrors.self) { try read("# nothing\n") }
    #expect(error?.errors.first?.problem.contains("found nothing") == true)
  }

  @Test("several mistakes are reported at once")
  func several() {
    let text = good.replacing("epochs: 20", with: "epoch: 20")
      .replacing("momentum: 0.9", with: "momentun: 0.9")
    let error = #expect(throws: SpecErrors.self) { try read(text) }
    #expect((error?.errors.count ?? 0) >= 2)
  }

  @Test("a mistake in --set names the option")
  func overrideMistake() {
    let error = #expect(throws: SpecErrors.self) { try read(good, set: [("dense.epoch", "3")]) }
    #expect(error?.errors.first?.file == "--set dense.epoch")
  }

  @Test("a path that --set cannot follow is refused", arguments: ["", "dense..epochs", "seeds[x]"])
  func overridePath(path: String) {
    let error = #expect(throws: SpecErrors.self) { try read(good, set: [(path, "3")]) }
    #expect(error?.errors.first?.problem.contains("a key path") == true)
  }
}

@Suite struct IdentityTests {
  @Test("the digest depends on every part of the identity and on nothing else")
  func digest() throws {
    let run = try #require(try read(good).cells.first).run
    let data = ["file": Digest(of: "content")]
    let base = try RunIdentity(run, datasetChecksums: data).digest()
    #expect(base.count == 16)
    #expect(try RunIdentity(run, datasetChecksums: data).digest() == base)
    #expect(try RunIdentity(run, datasetChecksums: ["file": Digest(of: "other")]).digest() != base)
    #expect(try RunIdentity(run, datasetChecksums: data, numericsVersion: 99).digest() != base)
    var changed = run
    changed.dense?.batch = 7
    #expect(try RunIdentity(changed, datasetChecksums: data).digest() != base)
    let parent = try #require(run.parent)
    #expect(parent.method == nil && parent.parent == nil)
    #expect(
      try RunIdentity(run, datasetChecksums: data).parent
        == RunIdentity(parent, datasetChecksums: data).digest())
  }
}
