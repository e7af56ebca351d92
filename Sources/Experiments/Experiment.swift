// One experiment as its YAML file describes it under one profile: cells (runs without seed), seeds, and what the report shows.
// `each: […]` anywhere in a method or in the data set makes one cell per value; `shared` fields complete every method.

import Datasets
import Tensors
import Foundation
public import Reproducibility
import Compression
import Methods
import Networks
import Training

/// One run of an experiment without its seed, and the values by which tables and figures address it.
public struct Cell: Hashable, Sendable {
  /// What is run.
  public var run: RunDescription
  /// Swept values by name, `density` → 0.1, besides `method` and `dataset`.
  public var coordinates: [String: JSONValue]
  /// The seeds it is run with.
  public var seeds: [Int]
}

/// An experiment under one profile.
public struct Experiment: Hashable, Sendable {
  /// The folder under `papers/`.
  public var paper: String
  /// The name, which is the file's name.
  public var name: String
  /// Where it was read.
  public var file: String
  /// What it asks.
  public var question: String
  /// Identifiers of claims in `paper.yaml` that it can judge.
  public var claims: [String]
  /// What it still needs before it can run; empty if it can.
  public var waits: String
  /// The profile.
  public var profile: String
  /// The runs; empty if the spec does not have the profile.
  public var cells: [Cell]
  /// What the report shows.
  public var report: ReportSpec
  /// The profiles that the spec has.
  public var profiles: [String]

  /// Every seed of any cell, ascending.
  public var seeds: [Int] { Set(cells.flatMap { $0.seeds }).sorted() }
}

extension Experiment {
  private static let profileHint =
    "expected names of profiles (\(profileNames.joined(separator: ", "))) and what each changes"
  static let keys = [
    "experiment", "question", "claims", "waits", "network", "dataset", "dense", "shared",
    "methods", "seeds", "moreSeeds", "profiles", "report",
  ]
  /// The profiles there are, from the shortest to the longest.
  public static let profileNames = ["smoke", "quick", "standard", "paper"]

  /// Reads an experiment.
  ///
  /// - Parameters:
  ///   - text: the YAML.
  ///   - file: its path, for messages; the name without extension must be the experiment's.
  ///   - overrides: `key=value` of `--set`, applied after the profile.
  /// - Throws: `SpecErrors` with every mistake.
  public init(
    yaml text: String, file: String, paper: String, profile: String,
    overrides: [(path: String, value: String)] = []
  ) throws(SpecErrors) {
    do {
      self = try Self.read(
        text, file: file, paper: paper, profile: profile, overrides: overrides)
    } catch let errors as SpecErrors {
      throw errors
    } catch let error as SpecError {
      throw SpecErrors([error])
    } catch {
      throw SpecErrors([SpecError(file: file, line: 0, keyPath: "", problem: "\(error)")])
    }
  }

  private static func read(
    _ text: String, file: String, paper: String, profile: String,
    overrides: [(path: String, value: String)]
  ) throws -> Experiment {
    var root = try SpecNode(yaml: text, file: file)
    guard let entries = root.entries, !entries.isEmpty else {
      throw root.error("", "expected the fields of an experiment, found \(root.summary)")
    }
    var errors: [SpecError] = []
    for entry in entries where !keys.contains(entry.key) {
      errors.append(
        SpecError(
          file: file, line: entry.line, keyPath: entry.key,
          problem: "there is no such field; \(NearMiss.hint(entry.key, in: keys))"))
    }
    guard let profileNode = root["profiles"] else {
      throw SpecErrors(errors + [root.error("profiles", "is missing; \(profileHint)")])
    }
    guard let profileEntries = profileNode.entries else {
      throw SpecErrors(
        errors + [
          profileNode.error("profiles", "\(profileHint), found \(profileNode.summary)")
        ])
    }
    for entry in profileEntries where !profileNames.contains(entry.key) {
      errors.append(
        SpecError(
          file: file, line: entry.line, keyPath: "profiles.\(entry.key)",
          problem: "no such profile; \(NearMiss.hint(entry.key, in: profileNames))"))
    }
    if let changes = root["profiles"]?[profile] {
      guard let changes = changes.entries else {
        throw changes.error("profiles.\(profile)", "expected key paths and their values")
      }
      for change in changes { try root.set(change.key, to: change.value) }
    }
    for change in overrides {
      let value = try SpecNode(yaml: change.value, file: "--set \(change.path)").withoutLines
      try root.set(change.path, to: value)
    }
    // What a profile or --set added.
    for entry in root.entries ?? []
    where !keys.contains(entry.key) && !entries.contains(where: { $0.key == entry.key }) {
      errors.append(
        SpecError(
          file: entry.value.file, line: entry.line, keyPath: entry.key,
          problem: "there is no such field; \(NearMiss.hint(entry.key, in: keys))"))
    }
    func word(_ key: String) -> String {
      guard let node = root[key], node.content != .empty else { return "" }
      if node.text == nil {
        errors.append(node.error(key, "expected text, found \(node.summary)"))
      }
      return node.text ?? ""
    }
    if let shared = root["shared"], shared.entries == nil {
      errors.append(
        shared.error("shared", "expected fields that methods have, found \(shared.summary)"))
    }

    let name = word("experiment")
    let expected = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
    if name != expected {
      let found = name.isEmpty ? "is missing; it" : "‘\(name)’"
      errors.append(
        (root["experiment"] ?? root).error(
          "experiment", "\(found) must be the file's name, ‘\(expected)’"))
    }
    func decode<Value: Decodable>(_ type: Value.Type, _ key: String, default value: Value) -> Value
    {
      guard let node = root[key], node.content != .empty else { return value }
      do {
        return try SpecReader.decode(type, from: node, path: key)
      } catch {
        errors += error.errors
        return value
      }
    }
    var experiment = Experiment(
      paper: paper, name: name, file: file, question: word("question"),
      claims: decode([String].self, "claims", default: []), waits: word("waits"),
      profile: profile, cells: [],
      report: decode(ReportSpec.self, "report", default: ReportSpec()),
      profiles: profileEntries.map { $0.key })
    let seeds = decode([Int].self, "seeds", default: [1])
    let moreSeeds = decode([MoreSeeds].self, "moreSeeds", default: [])
    if seeds.isEmpty || Set(seeds).count != seeds.count || seeds.contains(where: { $0 < 0 }) {
      errors.append(
        (root["seeds"] ?? root).error(
          "seeds", "must be different whole numbers from 0 on, at least one"))
    }
    for (index, rule) in moreSeeds.enumerated()
    where rule.seeds.isEmpty || rule.seeds.contains(where: { $0 < 0 }) {
      let path = "moreSeeds[\(index)].seeds"
      errors.append(
        (root.node(at: path) ?? root.node(at: "moreSeeds[\(index)]") ?? root).error(
          path, "must be whole numbers from 0 on, at least one"))
    }
    errors += experiment.report.mistakes(in: root["report"] ?? root)

    guard experiment.profiles.contains(profile) else {
      if !errors.isEmpty { throw SpecErrors(errors) }
      return experiment
    }
    do {
      experiment.cells = try cells(root).map { run, coordinates in
        var all = coordinates
        all["method"] = .string(run.methodName)
        all["dataset"] = .string(run.dataset.name)
        let extra = moreSeeds.filter { $0.matches(all) }.flatMap { $0.seeds }
        return Cell(
          run: run, coordinates: coordinates, seeds: Set(seeds + extra).sorted())
      }
    } catch let found as SpecErrors {
      errors += found.errors
    } catch let found as SpecError {
      errors.append(found)
    }
    for (index, rule) in moreSeeds.enumerated() {
      let matched = experiment.cells.contains { cell in
        var all = cell.coordinates
        all["method"] = .string(cell.run.methodName)
        all["dataset"] = .string(cell.run.dataset.name)
        return rule.matches(all)
      }
      if !matched, errors.isEmpty {
        errors.append(
          (root.node(at: "moreSeeds[\(index)]") ?? root).error(
            "moreSeeds[\(index)]", "matches no run"))
      }
    }
    if !errors.isEmpty {
      var seen: Set<SpecError> = []
      throw SpecErrors(errors.filter { seen.insert($0).inserted })
    }
    return experiment
  }

  /// The runs that a spec describes, with the values that were swept.
  private static func cells(_ root: SpecNode) throws -> [(RunDescription, [String: JSONValue])] {
    for key in ["network", "dataset", "dense"] {
      guard let node = root[key] else { throw root.error(key, "is missing") }
      if node.content == .empty, key != "dense" { throw node.error(key, "is empty") }
    }
    guard let network = root["network"] else { throw root.error("network", "is missing") }
    var base: [SpecNode.Entry] = []
    for key in ["network", "dataset", "dense"] {
      if let node = root[key] { base.append(.init(key: key, value: node, line: node.line)) }
    }
    var documents: [(node: SpecNode, path: String)] = []
    if let methods = root["methods"], methods.content != .empty, methods.items?.isEmpty != true {
      guard let items = methods.items else { throw methods.error("methods", "expected a list") }
      let sharedKeys = (root["shared"]?.entries ?? []).map { $0.key }
      var usedShared: Set<String> = []
      for (index, item) in items.enumerated() {
        let (method, used) = try complete(item, with: root["shared"], path: "methods[\(index)]")
        usedShared.formUnion(used)
        let node = SpecNode(
          .mapping(base + [.init(key: "method", value: method, line: item.line)]),
          file: item.file, line: item.line)
        documents.append((node, "methods[\(index)]"))
      }
      if let unused = sharedKeys.first(where: { !usedShared.contains($0) }) {
        throw (root["shared"]?[unused] ?? root).error(
          "shared.\(unused)", "no method has such a field")
      }
    } else {
      documents.append((SpecNode(.mapping(base), file: network.file, line: network.line), ""))
    }
    var result: [(RunDescription, [String: JSONValue])] = []
    var seen: Set<RunDescription> = []
    var errors: [SpecError] = []
    for document in documents {
      for (node, coordinates) in try Sweep.expand(document.node) {
        do throws(SpecErrors) {
          let run = try SpecReader.decode(RunDescription.self, from: node)
          try validate(run, node: node)
          guard seen.insert(run).inserted else {
            throw SpecErrors([
              node.error(
                "method", "describes a run twice: a value in ‘each’ or a method is there already")
            ])
          }
          result.append((run, coordinates))
        } catch {
          errors += error.errors.map { found in
            var moved = found
            if found.keyPath.hasPrefix("method") {
              moved.keyPath = document.path + found.keyPath.dropFirst("method".count)
            }
            return moved
          }
        }
      }
    }
    if !errors.isEmpty { throw SpecErrors(errors) }
    return result
  }

  /// A method's node, completed by the shared fields that this method has.
  private static func complete(_ item: SpecNode, with shared: SpecNode?, path: String) throws
    -> (SpecNode, Set<String>)
  {
    if item.content == .empty {
      let names = MethodChoice.alternatives.map { $0.name }.joined(separator: ", ")
      throw item.error(path, "expected a method, found nothing; known: \(names)")
    }
    let name = item.text ?? item.entries?.first?.key ?? ""
    guard let type = MethodChoice.alternative(named: name), let shared = shared?.entries else {
      return (item, [])
    }
    func fieldNames<Kind: Alternative>(_ kind: Kind.Type) throws -> [String] {
      guard case .object(let members) = try CanonicalJSON.tree(Kind()) else { return [] }
      return Array(members.keys)
    }
    let known = try fieldNames(type)
    var fields = item.text == nil ? (item.entries?.first?.value.entries ?? []) : []
    var used: Set<String> = []
    for entry in shared where known.contains(entry.key) {
      used.insert(entry.key)
      if !fields.contains(where: { $0.key == entry.key }) { fields.append(entry) }
    }
    let body = SpecNode(.mapping(fields), file: item.file, line: item.line)
    let method = SpecNode(
      .mapping([.init(key: name, value: body, line: item.line)]), file: item.file, line: item.line)
    return (method, used)
  }

  /// Checks values that types alone cannot: ranges, shapes, names in the catalogue.
  private static func validate(_ run: RunDescription, node: SpecNode) throws(SpecErrors) {
    var errors: [SpecError] = []
    func place(_ path: String, _ field: String) -> SpecNode {
      node.node(at: "\(path).\(field)") ?? node.node(at: path) ?? node
    }
    func check(_ path: String, _ body: () throws -> Void) {
      do {
        try body()
      } catch let error as TrainingError {
        guard case .value(let field, _, _) = error else { return }
        let kinds = ["", ".optimizer", ".schedule"]
        let found =
          kinds.compactMap { kind -> SpecNode? in
            let parent = node.node(at: path + kind)
            return parent?[field] ?? parent?.entries?.first?.value[field]
          }.first ?? place(path, field)
        errors.append(found.error("\(path).\(field)", "\(error)"))
      } catch CompressionError.impossibleValue(let field, let value, let allowed) {
        let place = "\(path).scheme.\(field)"
        // A chain is a list in YAML, so its path is the node's.
        let written = place.replacing("chain.[", with: "chain[")
        errors.append(
          (node.node(at: written) ?? node.node(at: path) ?? node).error(
            written, "\(value) is not possible; allowed: \(allowed)"))
      } catch {
        errors.append((node.node(at: path) ?? node).error(path, "\(error)"))
      }
    }
    check("dense") { try run.dense.validate() }
    if let method = run.method {
      for (field, recipe) in method.method.recipes {
        check("method.\(method.name).\(field)") { try recipe.validate() }
      }
      check("method.\(method.name)") { try method.method.validate() }
    }
    let dataset = run.dataset
    for (field, value) in [
      ("validation", dataset.validation), ("trainingLimit", dataset.trainingLimit),
      ("testLimit", dataset.testLimit),
      ("splitSeed", dataset.splitSeed),
    ] where value < 0 {
      errors.append(
        place("dataset", field).error("dataset.\(field)", "must be 0 or more, not \(value)"))
    }
    let recipes = [run.dense] + (run.method?.method.recipes.map { $0.recipe } ?? [])
    if dataset.validation == 0, recipes.contains(where: { $0.keep == .bestValidationLoss }) {
      errors.append(
        place("dataset", "validation").error(
          "dataset.validation", "must be 1 or more, because ‘keep: best-validation-loss’ needs it"))
    }
    if let entry = DatasetRequirements.entry(named: dataset.name) {
      if let count = entry.trainingCount, dataset.validation >= count {
        errors.append(
          place("dataset", "validation").error(
            "dataset.validation",
            "\(dataset.validation) of \(count) training images leave none to train on; "
              + "allowed: less than \(count)"))
      }
      check("network") {
        let network = try run.network.build(inputShape: entry.imageShape, seed: Seed(0))
        guard let last = network.layers.last else {
          throw NetworkError.empty
        }
        let classes = entry.classNames.count
        if network.outputShape.sizes != [classes] {
          throw NetworkError.value(
            layer: last.name, field: "outputs",
            problem:
              "the network ends in \(network.outputShape), the data set has \(classes) classes")
        }
      }
    } else {
      errors.append(
        place("dataset", "name").error(
          "dataset.name",
          "‘\(dataset.name)’ is not in the catalogue; \(NearMiss.hint(dataset.name, in: DatasetRequirements.names))"
        ))
    }
    if !errors.isEmpty { throw SpecErrors(errors) }
  }
}

/// Further seeds for the cells that a rule selects.
private struct MoreSeeds: Defaulted {
  /// Values by coordinate name; a list means any of them.
  var `where`: [String: [JSONValue]] = [:]
  var seeds: [Int] = []

  init() {}

  func matches(_ coordinates: [String: JSONValue]) -> Bool {
    `where`.allSatisfy { name, allowed in
      guard let value = coordinates[name] else { return false }
      return allowed.contains { $0 == value || $0.summary == value.summary }
    }
  }
}

/// Expansion of `each`.
enum Sweep {
  /// Every combination of the values under `each` in a node, with the values by name.
  ///
  /// The name of a swept value is its key; `name: {each: …}` takes the key above, so that `dataset.name` is `dataset`.
  static func expand(_ node: SpecNode, key: String = "", above: String = "") throws(SpecError) -> [(
    SpecNode, [String: JSONValue]
  )] {
    if let entries = node.entries, entries.count == 1, entries[0].key == "each" {
      guard let values = entries[0].value.items, !values.isEmpty else {
        throw entries[0].value.error("\(key).each", "expected a list of values")
      }
      let name = key == "name" ? above : key
      return values.map { value in
        let number = value.text.flatMap { Double($0) }.map { JSONValue.number($0) }
        return (value, [name: number ?? .string(value.text ?? value.summary)])
      }
    }
    switch node.content {
    case .mapping(let entries):
      var results: [([SpecNode.Entry], [String: JSONValue])] = [([], [:])]
      for entry in entries {
        let expansions = try expand(entry.value, key: entry.key, above: key)
        results = results.flatMap { partial, coordinates in
          expansions.map { value, found in
            (
              partial + [.init(key: entry.key, value: value, line: entry.line)],
              coordinates.merging(found) { first, _ in first }
            )
          }
        }
      }
      return results.map {
        (SpecNode(.mapping($0.0), file: node.file, line: node.line), $0.1)
      }
    case .sequence(let items):
      var results: [([SpecNode], [String: JSONValue])] = [([], [:])]
      for item in items {
        let expansions = try expand(item, key: key, above: above)
        results = results.flatMap { partial, coordinates in
          expansions.map { value, found in
            (partial + [value], coordinates.merging(found) { first, _ in first })
          }
        }
      }
      return results.map { (SpecNode(.sequence($0.0), file: node.file, line: node.line), $0.1) }
    default: return [(node, [:])]
    }
  }
}
