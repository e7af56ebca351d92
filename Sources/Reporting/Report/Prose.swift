// A sentence with names set as code and words set apart: written once, read as Markdown in reports and as HTML on the page.

import Files

/// Text of a report that is more than plain words.
struct Prose: Hashable, Sendable, ExpressibleByStringLiteral {
  /// A piece of the sentence.
  enum Span: Hashable, Sendable {
    case plain(String)
    case code(String)
    case emphasis(String)
  }

  /// The pieces, in their order.
  let spans: [Span]

  init(_ spans: Span...) { self.spans = spans }

  init(stringLiteral text: String) { spans = [.plain(text)] }

  /// The sentence as Markdown.
  var markdown: String {
    spans.map { span in
      switch span {
      case .plain(let text): Escaped.markdown(text)
      case .code(let text): Escaped.markdownCode(text)
      case .emphasis(let text): "*\(Escaped.markdown(text))*"
      }
    }.joined()
  }
}
