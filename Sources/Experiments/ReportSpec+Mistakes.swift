// What is wrong with a report's names, metrics and rules, said when the spec is read: else it would be noticed only after hours
// of runs, as an empty figure.

import Reproducibility

extension ReportSpec {
  /// Columns of tables that are counted by the report, not measured by runs.
  private static let countedColumns =
    ["file-bytes", "seeds", "processor-seconds"] + MeasuredColumn.all.map { $0.name }

  /// What is wrong with names and metrics, which would else be noticed only after hours of runs.
  ///
  /// - Parameter node: where the report stands in its spec.
  func mistakes(in node: SpecNode) -> [SpecError] {
    let metrics = Metric.all.map { $0.name }
    var result: [SpecError] = []
    func check(_ name: String, in known: [String], at path: String) {
      guard !known.contains(name) else { return }
      result.append(
        (node.node(at: path) ?? node).error(
          "report.\(path)", "‘\(name)’ is not a metric; \(NearMiss.hint(name, in: known))"))
    }
    var used: Set<String> = []
    func checkName(_ name: String, at path: String) {
      let place = node.node(at: path + ".name") ?? node.node(at: path) ?? node
      let allowed = name.unicodeScalars.allSatisfy {
        ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
          || $0 == "-" || $0 == "_"
      }
      if name.isEmpty || !allowed {
        result.append(
          place.error(
            "report.\(path).name", "‘\(name)’ is no file name; allowed: letters, digits, - and _"))
      } else if !used.insert(
        "\(["tables", "comparisons", "matched"].contains { path.hasPrefix($0) } ? "tables" : "figures") \(name)"
      ).inserted {
        result.append(place.error("report.\(path).name", "‘\(name)’ stands twice"))
      }
    }
    for (index, table) in tables.enumerated() {
      checkName(table.name, at: "tables[\(index)]")
      for (column, name) in table.columns.enumerated() {
        check(
          name, in: metrics + Self.countedColumns, at: "tables[\(index)].columns[\(column)]")
      }
    }
    for (index, comparison) in comparisons.enumerated() {
      let path = "comparisons[\(index)]"
      checkName(comparison.name, at: path)
      check(comparison.metric, in: metrics, at: path + ".metric")
      if comparison.pairs.isEmpty {
        result.append(
          (node.node(at: path) ?? node).error("report.\(path).pairs", "must have a pair at least"))
      }
    }
    for (index, comparison) in matched.enumerated() {
      let path = "matched[\(index)]"
      checkName(comparison.name, at: path)
      check(comparison.size, in: metrics + MeasuredColumn.all.map { $0.name }, at: path + ".size")
      check(comparison.metric, in: metrics, at: path + ".metric")
      if comparison.at.isEmpty || comparison.at.contains(where: { !($0 > 0 && $0.isFinite) }) {
        result.append(
          (node.node(at: path + ".at") ?? node.node(at: path) ?? node).error(
            "report.\(path).at", "must be sizes of more than 0, at least one"))
      }
    }
    for (index, figure) in figures.enumerated() {
      checkName(figure.name, at: "figures[\(index)]")
      check(
        figure.x, in: metrics + MeasuredColumn.all.map { $0.name }, at: "figures[\(index)].x")
      check(figure.y, in: metrics, at: "figures[\(index)].y")
    }
    for (index, figure) in histories.enumerated() {
      let path = "histories[\(index)]"
      checkName(figure.name, at: path)
      result += panelMistakes(figure, in: node, at: path)
    }
    for (index, figure) in layers.enumerated() {
      let path = "layers[\(index)]"
      checkName(figure.name, at: path)
      let isSensible =
        !figure.quantities.isEmpty && Set(figure.quantities).count == figure.quantities.count
      if !isSensible {
        result.append(
          (node.node(at: path + ".quantities") ?? node).error(
            "report.\(path).quantities", "must be different quantities, at least one"))
      }
    }
    for (index, picture) in pictures.enumerated() {
      checkName(picture.name, at: "pictures[\(index)]")
    }
    return result
  }

  /// What is wrong with the panels of a figure of histories.
  private func panelMistakes(_ figure: HistoryFigureSpec, in node: SpecNode, at path: String)
    -> [SpecError]
  {
    guard !figure.panels.isEmpty else { return [] }
    var result: [SpecError] = []
    func report(_ field: String, _ problem: String) {
      let place = node.node(at: "\(path).\(field)") ?? node.node(at: path) ?? node
      result.append(place.error("report.\(path).\(field)", problem))
    }
    for field in ["metric", "label", "logarithmic"] where node.node(at: "\(path).\(field)") != nil {
      report(field, "has no place beside ‘panels’")
    }
    if figure.panels.count > 3 {
      report("panels", "three at most stand side by side, not \(figure.panels.count)")
    }
    for (index, panel) in figure.panels.enumerated() {
      if panel.metric.isEmpty {
        report("panels[\(index)]", "must name its ‘metric’")
      } else if figure.panels[..<index].contains(where: { $0.metric == panel.metric }) {
        report("panels[\(index)]", "‘\(panel.metric)’ stands twice")
      }
    }
    return result
  }

  /// Rules of figures that select no run at all, because of a misspelt name or value.
  ///
  /// - Parameters:
  ///   - node: where the report stands in its spec.
  ///   - addresses: the values by which rules address the runs, dense networks included.
  func unmatchedRules(in node: SpecNode, addresses: [[String: JSONValue]]) -> [SpecError] {
    var rules =
      histories.enumerated().map { ("histories[\($0.offset)].where", $0.element.where) }
      + layers.enumerated().map { ("layers[\($0.offset)].where", $0.element.where) }
      + figures.enumerated().map { ("figures[\($0.offset)].where", $0.element.where) }
      + matched.enumerated().map { ("matched[\($0.offset)].where", $0.element.where) }
      + matched.enumerated().map {
        ("matched[\($0.offset)].baseline", $0.element.baseline.mapValues { [$0] })
      }
    for (index, comparison) in comparisons.enumerated() {
      for (place, pair) in comparison.pairs.enumerated() {
        let sides = [comparison.rule(ofFirst: pair), comparison.rule(ofSecond: pair)]
        rules += sides.map {
          ("comparisons[\(index)].pairs[\(place)]", $0.mapValues { [$0] })
        }
      }
    }
    var result: [SpecError] = []
    for (path, rule) in rules where !addresses.contains(where: { Cell.rule(rule, selects: $0) }) {
      let place = node.node(at: path) ?? node
      let names = Set(addresses.flatMap { $0.keys }).sorted()
      var problem = "matches no run"
      for (name, allowed) in rule.sorted(by: { $0.key < $1.key }) {
        let known = Set(addresses.compactMap { $0[name]?.summary }).sorted()
        if known.isEmpty {
          problem += "; ‘\(name)’ is not swept; \(NearMiss.hint(name, in: names))"
        } else if let first = allowed.first,
          !allowed.contains(where: { known.contains($0.summary) })
        {
          problem +=
            "; no \(name) is ‘\(first.summary)’; \(NearMiss.hint(first.summary, in: known))"
        }
      }
      result.append(place.error("report.\(path)", problem))
    }
    return result
  }
}
