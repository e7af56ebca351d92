// A YAML document as a tree that remembers where each value was written, so that every mistake can be shown in its line.

import Foundation
import Yams

/// A mistake in a spec, where it stands and what is allowed there.
public struct SpecError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, or `--set`.
  public var file: String
  /// The line, counted from 1; 0 if it is not in a file.
  public var line: Int
  /// The key path, `methods[0].one-shot.scheme`.
  public var keyPath: String
  /// What is wrong and what would be right.
  public var problem: String

  public init(file: String, line: Int, keyPath: String, problem: String) {
    self.file = file
    self.line = line
    self.keyPath = keyPath
    self.problem = problem
  }

  public var description: String {
    let place = line > 0 ? "\(file):\(line)" : file
    return keyPath.isEmpty ? "\(place): \(problem)" : "\(place): \(keyPath): \(problem)"
  }
}

/// Several mistakes, in the order in which they were found.
public struct SpecErrors: Error, Hashable, Sendable, CustomStringConvertible {
  /// At least one mistake.
  public var errors: [SpecError]

  public init(_ errors: [SpecError]) { self.errors = errors }

  public var description: String { errors.map { $0.description }.joined(separator: "\n") }
}

/// A value of a spec and where it was written.
public struct SpecNode: Hashable, Sendable {
  /// One entry of a mapping.
  public struct Entry: Hashable, Sendable {
    /// The key.
    public var key: String
    /// The value.
    public var value: SpecNode
    /// The line of the key.
    public var line: Int
  }

  /// What the value is.
  public indirect enum Content: Hashable, Sendable {
    case scalar(String)
    case sequence([SpecNode])
    case mapping([Entry])
    case empty
  }

  /// What the value is.
  public var content: Content
  /// The file, or `--set`.
  public var file: String
  /// The line, counted from 1.
  public var line: Int

  init(_ content: Content, file: String, line: Int) {
    self.content = content
    self.file = file
    self.line = line
  }

  /// An error at this place.
  func error(_ keyPath: String, _ problem: String) -> SpecError {
    SpecError(file: file, line: line, keyPath: keyPath, problem: problem)
  }

  /// The entries of a mapping; empty for an empty value; nil for anything else.
  var entries: [Entry]? {
    switch content {
    case .mapping(let entries): return entries
    case .empty: return []
    default: return nil
    }
  }

  /// The items of a sequence.
  var items: [SpecNode]? {
    if case .sequence(let items) = content { return items }
    return nil
  }

  /// The text of a scalar.
  var text: String? {
    if case .scalar(let text) = content { return text }
    return nil
  }

  /// The value under `key` of a mapping.
  subscript(key: String) -> SpecNode? { entries?.first { $0.key == key }?.value }

  /// The value in words, for messages.
  var summary: String {
    switch content {
    case .scalar(let text): return "‘\(text)’"
    case .sequence: return "a list"
    case .mapping: return "a mapping"
    case .empty: return "nothing"
    }
  }
}

extension SpecNode {
  /// Reads a YAML document.
  ///
  /// - Throws: `SpecError` with the line of a syntax error or of a key that stands twice.
  public init(yaml text: String, file: String) throws(SpecError) {
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch YamlError.duplicatedKeysInMapping(let duplicates, let context) {
      // The mark is that of the mapping; the key stands in it for the second time further down.
      let key = duplicates.first ?? ""
      let line = Self.secondLine(of: key, in: text, from: context.mark.line) ?? context.mark.line
      throw SpecError(file: file, line: line, keyPath: key, problem: "this key stands twice")
    } catch let error as YamlError {
      var line = 0
      switch error {
      case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
        line = mark.line
      default: break
      }
      let words = "\(error)".split(separator: "\n").map(String.init)
      throw SpecError(
        file: file, line: line, keyPath: "",
        problem: "not valid YAML: \(words.joined(separator: " "))")
    } catch {
      throw SpecError(file: file, line: 0, keyPath: "", problem: "not valid YAML: \(error)")
    }
    guard let node else {
      self = SpecNode(.empty, file: file, line: 1)
      return
    }
    self = try SpecNode(node, file: file, line: 1, path: "")
  }

  private init(_ node: Node, file: String, line outer: Int, path: String) throws(SpecError) {
    let line = node.mark?.line ?? outer
    switch node {
    case .scalar(let scalar):
      let isPlain = scalar.style == .plain || scalar.style == .any
      let isEmpty =
        isPlain && (scalar.string.isEmpty || scalar.string == "null" || scalar.string == "~")
      self = SpecNode(isEmpty ? .empty : .scalar(scalar.string), file: file, line: line)
    case .sequence(let sequence):
      var items: [SpecNode] = []
      for (index, item) in sequence.enumerated() {
        items.append(try SpecNode(item, file: file, line: line, path: "\(path)[\(index)]"))
      }
      self = SpecNode(.sequence(items), file: file, line: line)
    case .mapping(let mapping):
      var entries: [Entry] = []
      for (keyNode, valueNode) in mapping {
        let keyLine = keyNode.mark?.line ?? line
        guard let key = keyNode.scalar?.string else {
          throw SpecError(file: file, line: keyLine, keyPath: path, problem: "a key must be a word")
        }
        let keyPath = path.isEmpty ? key : "\(path).\(key)"
        guard !entries.contains(where: { $0.key == key }) else {
          throw SpecError(
            file: file, line: keyLine, keyPath: keyPath, problem: "this key stands twice")
        }
        let value = try SpecNode(valueNode, file: file, line: keyLine, path: keyPath)
        entries.append(Entry(key: key, value: value, line: keyLine))
      }
      self = SpecNode(.mapping(entries), file: file, line: line)
    case .alias:
      throw SpecError(file: file, line: line, keyPath: path, problem: "an alias without its anchor")
    }
  }
}

extension SpecNode {
  /// The line on which `key` stands for the second time, counted from 1, looking from a line on.
  private static func secondLine(of key: String, in text: String, from first: Int) -> Int? {
    var count = 0
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where index + 1 >= first {
      for place in line.ranges(of: key + ":") {
        let before = line[..<place.lowerBound].last
        if before.map({ " {,-\t".contains($0) }) ?? true { count += 1 }
      }
      if count >= 2 { return index + 1 }
    }
    return nil
  }

  /// The same value without lines: it stands on the command line.
  var withoutLines: SpecNode {
    var result = self
    result.line = 0
    switch content {
    case .sequence(let items): result.content = .sequence(items.map { $0.withoutLines })
    case .mapping(let entries):
      result.content = .mapping(
        entries.map { Entry(key: $0.key, value: $0.value.withoutLines, line: 0) })
    default: break
    }
    return result
  }
}

extension SpecNode {
  /// One step of a dotted path: a key or the index of a list.
  private enum Step {
    case key(String)
    case index(Int)
  }

  private static func steps(_ path: String) -> [Step] {
    path.split(separator: ".").flatMap { part -> [Step] in
      let pieces = part.split(separator: "[")
      let first: [Step] = part.hasPrefix("[") ? [] : pieces.prefix(1).map { .key(String($0)) }
      let indices = pieces.dropFirst(first.count).compactMap { Int($0.dropLast()) }
      return first + indices.map { .index($0) }
    }
  }

  /// The path in steps; nil if it has an empty part or an index that is no number.
  private static func checkedSteps(_ path: String) -> [Step]? {
    let parts = path.split(separator: ".", omittingEmptySubsequences: false)
    let isWellFormed = parts.allSatisfy { part in
      let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
      guard let key = pieces.first, !key.isEmpty || pieces.count > 1 else { return false }
      return !key.contains("]")
        && pieces.dropFirst().allSatisfy { $0.hasSuffix("]") && Int($0.dropLast()) != nil }
    }
    return isWellFormed ? steps(path) : nil
  }

  /// The node at a dotted path, `methods[0].one-shot`.
  func node(at path: String) -> SpecNode? {
    var current = self
    for step in Self.steps(path) {
      switch step {
      case .key(let key):
        guard let next = current[key] else { return nil }
        current = next
      case .index(let index):
        guard let items = current.items, items.indices.contains(index) else { return nil }
        current = items[index]
      }
    }
    return current
  }

  /// Replaces the value at a dotted path; keys that are missing are added.
  ///
  /// - Throws: `SpecError` if the path leads through something that has no such part.
  mutating func set(_ path: String, to value: SpecNode) throws(SpecError) {
    guard let steps = Self.checkedSteps(path) else {
      throw value.error(path, "expected a key path such as dense.epochs or methods[0].one-shot")
    }
    self = try replaced(steps[...], with: value, path: path)
  }

  private func replaced(_ steps: ArraySlice<Step>, with value: SpecNode, path: String)
    throws(SpecError) -> SpecNode
  {
    guard let step = steps.first else { return value }
    var result = self
    switch step {
    case .key(let key):
      guard var entries else {
        throw value.error(path, "there is no ‘\(key)’ in \(summary)")
      }
      if let index = entries.firstIndex(where: { $0.key == key }) {
        entries[index].value = try entries[index].value.replaced(
          steps.dropFirst(), with: value, path: path)
      } else {
        let empty = SpecNode(.empty, file: value.file, line: value.line)
        entries.append(
          Entry(
            key: key, value: try empty.replaced(steps.dropFirst(), with: value, path: path),
            line: value.line))
      }
      result.content = .mapping(entries)
    case .index(let index):
      guard var items, items.indices.contains(index) else {
        throw value.error(path, "there is no item \(index) in \(summary)")
      }
      items[index] = try items[index].replaced(steps.dropFirst(), with: value, path: path)
      result.content = .sequence(items)
    }
    return result
  }
}
