// All that is shown of one paper, read from the store once: the report, its files and the page are forms of it.

public import Experiments

/// What the report of a paper shows.
public struct PaperContents: Sendable {
  /// The folder with the specs.
  public let folder: PaperFolder
  let description: PaperDescription
  /// One element per experiment and shown profile.
  let sections: [ReportSection]
  let claims: [JudgedClaim]
}
