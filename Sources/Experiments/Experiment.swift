// One experiment as its YAML file describes it under one profile: cells (runs without seed), seeds, and what the report shows.
// `each: […]` anywhere in a method or in the data set makes one cell per value; `shared` fields complete every method.

import Foundation
public import Reproducibility

/// One run of an experiment without its seed, and the values by which tables and figures address it.
public struct Cell: Hashable, Sendable {
  /// What is run.
  public var run: RunDescription
  /// Swept values by name, `density` → 0.1, besides `method` and `dataset`.
  public var coordinates: [String: JSONValue]
  /// The seeds it is run with.
  public var seeds: [Int]

  /// All values by which rules address the cell: the swept ones, `method` and `dataset`.
  var address: [String: JSONValue] {
    coordinates.merging(
      ["method": .string(run.methodName), "dataset": .string(run.datasetName)]
    ) { _, own in own }
  }

  /// The address, and that of the dense network the cell starts from, which is a row of every table.
  var addresses: [[String: JSONValue]] {
    guard let parent = run.parent else { return [address] }
    return [address, Cell(run: parent, coordinates: [:], seeds: seeds).address]
  }

  /// Whether an address has, under every name of a rule, one of the values that the rule lists.
  static func rule(_ rule: [String: [JSONValue]], selects address: [String: JSONValue]) -> Bool {
    rule.allSatisfy { name, allowed in
      guard let value = address[name] else { return false }
      return allowed.contains { $0 == value || $0.summary == value.summary }
    }
  }
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
  /// Runs that are left out, with the reasons.
  public var omissions: [Omission] = []
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
    "methods", "search", "match", "curveSearch", "without", "seeds", "moreSeeds", "profiles",
    "report",
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
    func reportUnknown(_ entries: [SpecNode.Entry]) {
      for entry in entries where !keys.contains(entry.key) {
        errors.append(
          SpecError(
            file: entry.value.file, line: entry.line, keyPath: entry.key,
            problem: "there is no such field; \(NearMiss.hint(entry.key, in: keys))"))
      }
    }
    reportUnknown(entries)
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
    reportUnknown(
      (root.entries ?? []).filter { added in !entries.contains { $0.key == added.key } })
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
    experiment.omissions = decode([Omission].self, "without", default: [])
    if seeds.isEmpty || Set(seeds).count != seeds.count || seeds.contains(where: { $0 < 0 }) {
      errors.append(
        (root["seeds"] ?? root).error(
          "seeds", "must be different whole numbers from 0 on, at least one"))
    }
    for (index, omission) in experiment.omissions.enumerated() where omission.because.isEmpty {
      errors.append(
        (root.node(at: "without[\(index)]") ?? root).error(
          "without[\(index)].because", "must say why these runs are left out"))
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
      experiment.cells = try cells(root, waits: !experiment.waits.isEmpty).map { run, coordinates in
        var cell = Cell(run: run, coordinates: coordinates, seeds: seeds)
        let extra = moreSeeds.filter { $0.matches(cell.address) }.flatMap { $0.seeds }
        cell.seeds = Set(seeds + extra).sorted()
        return cell
      }
      for index in experiment.omissions.indices {
        let omission = experiment.omissions[index]
        let kept = experiment.cells.filter { !omission.matches($0.address) }
        // A profile that sweeps less may have nothing to leave out.
        if kept.count == experiment.cells.count, profile == "standard", overrides.isEmpty {
          errors.append(
            (root.node(at: "without[\(index)]") ?? root).error(
              "without[\(index)]", "matches no run"))
        }
        experiment.cells = kept
      }
    } catch let found as SpecErrors {
      errors += found.errors
    } catch let found as SpecError {
      errors.append(found)
    }
    for (index, rule) in moreSeeds.enumerated() {
      let matched = experiment.cells.contains { rule.matches($0.address) }
      if !matched, errors.isEmpty {
        errors.append(
          (root.node(at: "moreSeeds[\(index)]") ?? root).error(
            "moreSeeds[\(index)]", "matches no run"))
      }
    }
    // Once, so that a profile that sweeps less, or a change by --set, does not stop a run for the sake of a figure.
    if errors.isEmpty, overrides.isEmpty, !experiment.cells.isEmpty,
      profile == (experiment.profiles.contains("standard") ? "standard" : experiment.profiles.first)
    {
      errors += experiment.report.unmatchedRules(
        in: root["report"] ?? root, addresses: experiment.cells.flatMap { $0.addresses })
    }
    if !errors.isEmpty {
      var seen: Set<SpecError> = []
      throw SpecErrors(errors.filter { seen.insert($0).inserted })
    }
    return experiment
  }
}

/// Runs that a sweep would describe, but that are left out for a reason that reports give.
public struct Omission: Defaulted {
  /// Values by coordinate name; a list means any of them.
  public var `where`: [String: [JSONValue]] = [:]
  /// Why they are left out.
  public var because = ""

  public init() {}

  func matches(_ address: [String: JSONValue]) -> Bool { Cell.rule(`where`, selects: address) }
}

/// Further seeds for the cells that a rule selects.
private struct MoreSeeds: Defaulted {
  /// Values by coordinate name; a list means any of them.
  var `where`: [String: [JSONValue]] = [:]
  var seeds: [Int] = []

  init() {}

  func matches(_ address: [String: JSONValue]) -> Bool { Cell.rule(`where`, selects: address) }
}
