// From a spec's document to its runs: methods completed by shared fields, swept values expanded, and values checked that types
// alone cannot: ranges, shapes, names in the catalogue. Every mistake is placed in the line that made it.

import Tensors
import BayesianOptimization
import Compression
import Datasets
import Foundation
import Methods
import Networks
import Reproducibility
import Training

extension Experiment {
  /// The runs that a spec describes, with the values that were swept.
  ///
  /// - Parameter waits: whether the experiment waits for a network or a data set that does not exist yet; then its methods are
  ///   checked with a stand-in, and there are no runs.
  static func cells(
    _ root: SpecNode, waits: Bool = false
  ) throws -> [(RunDescription, [String: JSONValue])] {
    if let node = root["curveSearch"] { return try curveSearches(node, root: root) }
    var root = root
    let isStandIn = waits && needsStandIn(root)
    if isStandIn { root = try withStandIn(root) }
    for key in ["network", "dataset", "dense"] {
      guard let node = root[key] else { throw root.error(key, "is missing") }
      if node.content == .empty, key != "dense" { throw node.error(key, "is empty") }
    }
    guard let network = root["network"] else { throw root.error("network", "is missing") }
    var base: [SpecNode.Entry] = []
    for key in ["network", "dataset", "dense", "search", "match"] {
      guard var node = root[key] else { continue }
      // A part that is named and left empty takes its defaults.
      if node.content == .empty { node.content = .mapping([]) }
      base.append(.init(key: key, value: node, line: node.line))
    }
    if let match = root["match"], root["search"] != nil {
      throw match.error("match", "has no place beside ‘search’: both set the density")
    }
    var settingDensity: Set<String> = []
    for key in ["search", "match"] {
      guard let node = root[key] else { continue }
      settingDensity.formUnion(try Sweep.expand(node, key: key).flatMap { $0.1.keys })
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
      for (node, swept) in try Sweep.expand(document.node) {
        var coordinates = swept
        do throws(SpecErrors) {
          var run = try SpecReader.decode(RunDescription.self, from: node)
          if run.match != nil, let method = run.method, let problem = method.obstacleToDensity {
            throw SpecErrors([
              (node["method"]?[method.name]?["scheme"] ?? node).error(
                "method.\(method.name).scheme", "beside ‘match’, it \(problem)")
            ])
          }
          // Methods without a scheme are the same run for every search and every size.
          if run.search != nil || run.match != nil, run.method?.hasDensity != true {
            run.search = nil
            run.match = nil
            coordinates = coordinates.filter { !settingDensity.contains($0.key) }
            if seen.contains(run) { continue }
          }
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
    return isStandIn ? [] : result
  }

  /// A network and a data set that exist, in the place of those that an experiment waits for.
  private static let standIns = [("network", "lenet5-caffe"), ("dataset", "name: mnist")]

  private static func needsStandIn(_ root: SpecNode) -> Bool {
    let network = root["network"].map { $0.text ?? $0.entries?.first?.key ?? "" } ?? ""
    let dataset = root["dataset"]?["name"]?.text ?? ""
    return NetworkChoice.alternative(named: network) == nil
      || !DatasetRequirements.names.contains(dataset)
  }

  private static func withStandIn(_ root: SpecNode) throws(SpecError) -> SpecNode {
    var result = root
    for (key, yaml) in standIns {
      try result.set(key, to: SpecNode(yaml: yaml, file: root.file).withoutLines)
    }
    return result
  }

  /// The searches on curves that a spec describes; the curves' points are read from their files.
  private static func curveSearches(
    _ node: SpecNode, root: SpecNode
  ) throws -> [(RunDescription, [String: JSONValue])] {
    for key in ["network", "dataset", "dense", "methods", "search"] {
      if let other = root[key] { throw other.error(key, "has no place beside ‘curveSearch’") }
    }
    var result: [(RunDescription, [String: JSONValue])] = []
    var errors: [SpecError] = []
    for (expanded, coordinates) in try Sweep.expand(node, key: "curveSearch") {
      do throws(SpecErrors) {
        var search = try SpecReader.decode(CurveSearch.self, from: expanded, path: "curveSearch")
        let place = expanded["curve"] ?? expanded
        do {
          try search.curve.read(relativeTo: URL(fileURLWithPath: root.file))
          try search.validate()
        } catch let error as SearchError {
          var field = ""
          if case .value(let name, _, _) = error { field = name }
          throw SpecErrors([
            (expanded[field] ?? expanded).error("curveSearch.\(field)", "\(error)")
          ])
        } catch {
          throw SpecErrors([place.error("curveSearch.curve", "\(error)")])
        }
        let shown = coordinates.filter { $0.key != "curve" }
        result.append((RunDescription(curveSearch: search), shown))
      } catch {
        errors += error.errors
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
        let kinds = ["", ".optimizer", ".schedule", ".rate"]
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
      } catch MethodError.value(let field, let problem) {
        errors.append(place(path, field).error("\(path).\(field)", problem))
      } catch {
        errors.append((node.node(at: path) ?? node).error(path, "\(error)"))
      }
    }
    guard let network = run.network, let dense = run.dense, let dataset = run.dataset else {
      throw SpecErrors([node.error("", "has no network, data set or dense training")])
    }
    check("dense") { try dense.validate() }
    // What a search or a size will put in the place of the density is checked with one in the middle.
    let isOpen = run.search != nil || run.match != nil
    let method = run.method.map { isOpen ? $0.withDensity(0.5) : $0 }
    if let method {
      for (field, recipe) in method.method.recipes {
        check("method.\(method.name).\(field)") { try recipe.validate() }
      }
      check("method.\(method.name).learning") { try method.method.learning?.validate() }
      check("method.\(method.name)") { try method.method.validate() }
    }
    if let match = run.match {
      do {
        try match.validate()
      } catch {
        var field = ""
        if case .value(let name, _, _) = error { field = ".\(name)" }
        errors.append(
          place("match", String(field.dropFirst())).error("match\(field)", "\(error)"))
      }
    }
    if let search = run.search {
      do {
        try search.validate()
      } catch {
        var field = ""
        if case .value(let name, _, _) = error { field = ".\(name)" }
        errors.append(
          place("search", String(field.dropFirst())).error("search\(field)", "\(error)"))
      }
      if dataset.validation == 0 {
        errors.append(
          place("dataset", "validation").error(
            "dataset.validation", "must be 1 or more, because a search decides on validation images"
          ))
      }
    }
    for (field, value) in [
      ("validation", dataset.validation), ("trainingLimit", dataset.trainingLimit),
      ("testLimit", dataset.testLimit),
      ("splitSeed", dataset.splitSeed),
    ] where value < 0 {
      errors.append(
        place("dataset", field).error("dataset.\(field)", "must be 0 or more, not \(value)"))
    }
    let recipes = [dense] + (run.method?.method.recipes.map { $0.recipe } ?? [])
    if dataset.validation == 0, recipes.contains(where: { $0.keep == .bestValidationLoss }) {
      errors.append(
        place("dataset", "validation").error(
          "dataset.validation", "must be 1 or more, because ‘keep: best-validation-loss’ needs it"))
    }
    if dataset.validation == 0, let method = run.method?.method, method.needsValidation {
      errors.append(
        place("dataset", "validation").error(
          "dataset.validation", "must be 1 or more, because the method's tolerance needs it"))
    }
    do throws(DatasetSpecError) {
      let entry = try dataset.entry()
      do throws(DatasetSpecError) {
        try dataset.validate(for: entry)
      } catch {
        errors.append(place("dataset", error.field).error("dataset.\(error.field)", error.problem))
      }
      check("network") {
        var network = try network.build(
          inputShape: entry.inputShape, classes: entry.classCount, seed: nil)
        try network.require(classes: entry.classCount, ofText: entry.isText)
        // Budgets and blocks say nothing without the layers.
        guard let method else { return }
        let operators = (method.method.scheme?.operators ?? []).filter {
          $0 is BitBudget || $0 is Unify
        }
        if !operators.isEmpty { network.parameters = network.information.map { Tensor($0.shape) } }
        for operation in operators {
          check("method.\(method.name).scheme") {
            do throws(CompressionError) {
              if let budget = operation as? BitBudget {
                _ = try budget.projector(for: network.weightGroup)
              } else if let unify = operation as? Unify {
                _ = try unify.partitions(in: network.weightGroup)
              }
            } catch {
              if case .impossibleValue = error { return }  // told above
              throw error
            }
          }
        }
      }
    } catch {
      errors.append(place("dataset", error.field).error("dataset.\(error.field)", error.problem))
    }
    if !errors.isEmpty { throw SpecErrors(errors) }
  }
}
