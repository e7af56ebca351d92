// What the page's templates read: plain values, no logic. Texts are escaped by the templates; what is named `styles`, `scripts`,
// `palette`, `svg` and `curves` stands in the page as it is, and is made safe where it is made.

/// page.mustache
struct PageModel {
  let styles: String
  let scripts: [String]
  let palette: String
  let runCount: String
  let experimentCount: Int
  let paperCount: Int
  let facets: [FacetChoice]
  let papers: [PaperModel]
}

/// paper.mustache
struct PaperModel {
  struct VerdictCount {
    let words: String
    let style: String
    let count: Int
  }

  let id: String
  let link: String
  let name: String
  let title: String
  let citation: String?
  let report: String?
  let verdicts: [VerdictCount]
  let claims: TableModel?
  let sections: [SectionModel]
}

/// section.mustache
struct SectionModel {
  /// A claim that the experiment judges.
  struct ClaimLink {
    let id: String
    let href: String
    let statement: String
    let words: String
    let style: String
  }

  struct Spec {
    let id: String
    let file: String
    let href: String?
    let text: String
  }

  let id: String
  let link: String
  let paper: String
  let name: String
  let profile: String
  let question: String?
  /// What the experiment waits for.
  let waits: String?
  /// Why there is nothing to show.
  let empty: String?
  /// Whether nothing is stored.
  let isNotRun: Bool
  /// What all rows are about that do not say it themselves.
  let facets: Facets
  let claims: [ClaimLink]
  let cost: CostModel?
  let parts: [PartModel]
  let basis: [ProseModel]
  let runs: RunsModel?
  let machines: [MachineModel]
  let specLink: String
  let spec: Spec?
}

/// One of a section's parts; exactly one field is there.
struct PartModel {
  var table: TableModel?
  var figure: FigureModel?
  var picture: PictureModel?
  var absent: AbsentModel?
  /// The address of all runs and readings of a comparison.
  var values: String?
}

/// figure.mustache
struct FigureModel {
  let name: String
  let title: String
  let caption: String?
  /// The widest that the figure is shown, in pixels.
  let width: Int
  let image: String
  let svg: String?
  let curves: String?
  let files: [TableModel.Link]
}

/// A picture of filters.
struct PictureModel {
  let image: String
  let title: String
  let caption: String
}

/// What is not there, and why.
struct AbsentModel {
  let name: String
  let reason: ProseModel
}

/// prose.mustache
struct ProseModel {
  struct Span {
    var plain: String?
    var code: String?
    var emphasis: String?
  }

  let spans: [Span]

  init(_ prose: Prose) {
    spans = prose.spans.map { span in
      switch span {
      case .plain(let text): Span(plain: text)
      case .code(let text): Span(code: text)
      case .emphasis(let text): Span(emphasis: text)
      }
    }
  }
}

/// What the runs of a section took.
struct CostModel {
  let runCount: Int
  /// Processor time: of the runs' own training, and of the dense networks, which other experiments may share.
  let time: String
}

/// runs.mustache
struct RunsModel {
  struct Column {
    let heading: String
    let unit: String?
  }

  /// A row of the tables.
  struct Group {
    let id: String
    let label: String
    let digest: String?
    /// Back to the row of the table.
    let back: String?
    let facets: Facets
    /// How many runs there are of how many.
    let count: String
    let time: String?
    /// What is shown of each seed; empty in a short list.
    let runs: [Run]
    /// The record of each seed in a short list, one row in all.
    let records: [Record]
    let hasRecords: Bool
    let absences: [Absence]
  }

  /// The record of one seed in a short list.
  struct Record {
    let seed: Int
    let href: String
    let isDiverged: Bool
  }

  /// What is stored of one seed.
  struct Run {
    let seed: Int
    let status: String
    let isDiverged: Bool
    let values: [String]
    let time: String
    /// The letter of the machine.
    let machine: String
    let files: [TableModel.Link]
  }

  /// Seeds of which nothing is stored.
  struct Absence {
    let seeds: String
    let words: String
    let reason: String
    let span: Int
  }

  /// Whether runs have no rows of their own, only links to their records.
  let isShort: Bool
  let columns: [Column]
  /// How many columns the table has in all.
  let columnCount: Int
  let summary: String
  /// Rows without any run, which are no groups: their row in the table says why.
  let notRun: String?
  /// Where the machines are described.
  let machineList: String
  let groups: [Group]
}

/// A machine that runs were computed on.
struct MachineModel {
  let letter: String
  let processor: String
  let cores: Int
  let memory: String
  let system: String
  let blasCore: String
  let instructionSet: String
  let host: String
  let runCount: Int
}
