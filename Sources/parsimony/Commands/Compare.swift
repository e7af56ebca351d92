// parsimony compare: methods side by side at matched size, whatever paper they come from.

import ArgumentParser

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Methods side by side at matched size.")

  func run() throws {
    print("no comparison experiments yet: they come with the second paper's methods")
  }
}
