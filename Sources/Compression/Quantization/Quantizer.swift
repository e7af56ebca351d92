// The ways to find the levels of a codebook (joint-sparsity-quantization, section 2.3 and choice 4).
// `QuantizationTable` applies them; `Codebook` is what they find.

/// How the levels of a codebook are found.
public enum Quantizer: String, CaseIterable, Codable, Hashable, Sendable {
  /// `exact` while the number of distinct values times the largest number of levels is at most
  /// `QuantizationTable.largestExactProgramme`, `histogram` above.
  case automatic
  /// The optimum: a dynamic programme over the sorted distinct values.
  case exact
  /// The optimum over 16,384 groups of neighbouring values (more or fewer on request), then Lloyd's rule on the values themselves; how far the
  /// optimum can lie below is known.
  case histogram
  /// Lloyd's rule from equidistant levels, as released: a local optimum, possibly with dead levels.
  case released
}
