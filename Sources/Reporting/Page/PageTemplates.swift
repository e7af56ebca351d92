// The templates, styles and scripts of the page: files beside this one, embedded in the executable, which is copied around alone.
// Every template begins with the content type under which mustache escapes what it is given.

import Files
import Foundation
import Mustache

/// Renders models with the page's templates.
struct PageTemplates {
  private let library: MustacheLibrary

  /// The style sheet.
  static var styles: String { text(PackageResources.page_css) }
  /// The scripts, in the order in which they run.
  static var scripts: [String] {
    [text(PackageResources.filters_js), text(PackageResources.curves_js)]
  }

  /// Reads the templates.
  ///
  /// - Throws: `ReportError` if one cannot be read, which is a mistake in Parsimony.
  init() throws(ReportError) {
    let files = [
      ("page", PackageResources.page_mustache), ("paper", PackageResources.paper_mustache),
      ("section", PackageResources.section_mustache), ("table", PackageResources.table_mustache),
      ("figure", PackageResources.figure_mustache), ("runs", PackageResources.runs_mustache),
      ("prose", PackageResources.prose_mustache),
    ]
    MustacheContentTypes.register(PageContent(), named: PageContent.name)
    var library = MustacheLibrary()
    for (name, bytes) in files {
      do {
        try library.register(Self.text(bytes), named: name)
      } catch {
        throw .file(path: "\(name).mustache", problem: "it is not a template: \(error)")
      }
    }
    self.library = library
  }

  /// A model as text.
  ///
  /// - Throws: `ReportError` if there is no such template.
  func render(_ model: Any, with template: String) throws(ReportError) -> String {
    guard let text = library.render(model, withTemplate: template) else {
      throw .file(path: "\(template).mustache", problem: "there is no such template")
    }
    return text
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// HTML with our own escaping: mustache's goes by characters, and a quote before a combining accent is another character than a quote.
struct PageContent: MustacheContentType {
  static let name = "PAGE"

  func escapeText(_ text: String) -> String { Escaped.html(text) }
}
