// From a claim and per-seed values to a verdict, as a pure function: verdicts are computed, never typed. A judgement has two parts
// that are always shown together: what the test says, and what limits it. Read `Verdict.judge` first.

/// What a claim says, fixed before anything is run.
public enum ClaimForm: Hashable, Sendable, Codable {
  /// The mean equals `value` up to `tolerance`: two one-sided t tests.
  case equals(value: Double, tolerance: Double)
  /// The mean is above `value − margin`: a one-sided t test. A negative margin asks for more than `value`.
  case atLeast(value: Double, margin: Double)
  /// The mean is worse than `value` by less than `margin`: a one-sided t test in the quantity's own direction.
  case noWorseThan(value: Double, margin: Double)
  /// Every value is this count; no statistics.
  case exact(count: Int)
}

/// Which way a quantity improves.
public enum Direction: String, Hashable, Sendable, Codable {
  /// Accuracies, ratios.
  case higherIsBetter
  /// Errors, losses, sizes, times.
  case lowerIsBetter
}

/// What the test of a claim says, or why there is none.
public enum Verdict: String, Hashable, Sendable, Codable, CaseIterable {
  /// The interval lies wholly on the wrong side.
  case notReproduced
  /// Neither, or too little to tell.
  case inconclusive
  /// The test rejects its null hypothesis.
  case reproduced
  /// The published number is recalled or unknown: shown in grey, never judged.
  case unverifiedClaim
  /// The data set is not here.
  case needsData
  /// Nothing is stored yet.
  case notRun

  /// The verdict in the words of the report.
  public var words: String {
    switch self {
    case .reproduced: "reproduced"
    case .notReproduced: "not reproduced"
    case .inconclusive: "inconclusive"
    case .unverifiedClaim: "unverified claim"
    case .needsData: "needs data"
    case .notRun: "not run"
    }
  }

  /// The level of every test.
  public static let significance = 0.05
  /// The confidence of the interval that decides *not reproduced*.
  public static let confidence = 0.95
  /// The fewest seeds that a statistical verdict needs.
  public static let fewestSeeds = 3
}

/// What limits a verdict, with its reason.
public struct Limit: Hashable, Sendable, Codable {
  /// The kinds of limits.
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Run with another network, data set or test set, or with less than 90 % of the published updates.
    case scaledDown = "scaled down"
    /// Nothing is known of the published schedule that ours could be compared with.
    case unknownSchedule = "published schedule unknown"
    /// The spec fixes the value, so that agreement is arithmetic.
    case imposed
    /// Measured on other hardware than the paper's.
    case otherHardware = "other hardware"
    /// Nothing was published: the number was derived or inferred by us.
    case ownExpectation = "own expectation"
  }

  /// The kind.
  public var kind: Kind
  /// What there is to say about it, without a full stop.
  public var reason: String

  public init(_ kind: Kind, because reason: String) {
    self.kind = kind
    self.reason = reason
  }

  /// The limit in the words of a table: a schedule that was scaled down says how far.
  public var words: String {
    kind == .scaledDown ? "\(kind.rawValue): \(reason)" : kind.rawValue
  }
}

/// Circumstances under which a claim is not, or not only, judged by its values. Each carries its reason.
public struct Circumstances: Hashable, Sendable, Codable {
  /// Why the data set is missing.
  public var needsData: String?
  /// Why there is no run.
  public var notRun: String?
  /// Why the published number cannot be trusted.
  public var unverified: String?
  /// What limits the verdict.
  public var limits: [Limit]

  /// No circumstances, unless given.
  public init(
    needsData: String? = nil, notRun: String? = nil, unverified: String? = nil,
    limits: [Limit] = []
  ) {
    self.needsData = needsData
    self.notRun = notRun
    self.unverified = unverified
    self.limits = limits
  }
}

/// A verdict with the sentence that justifies it, and what limits it.
public struct Judgement: Hashable, Sendable, Codable {
  /// What the test says.
  public var verdict: Verdict
  /// One sentence, without a full stop.
  public var reason: String
  /// What limits the verdict; none where nothing was tested.
  public var limits: [Limit]

  /// A verdict and its reason.
  public init(_ verdict: Verdict, because reason: String, limits: [Limit] = []) {
    self.verdict = verdict
    self.reason = reason
    self.limits = limits
  }

  /// Whether values were tested.
  public var isTested: Bool {
    [.reproduced, .notReproduced, .inconclusive].contains(verdict)
  }

  /// Whether the number was published; what we only expected is met or not, never reproduced.
  public var isPublished: Bool { !limits.contains { $0.kind == .ownExpectation } }

  /// What the test says, in the words of the report.
  public var outcome: String {
    switch verdict {
    case .reproduced where !isPublished: "met"
    case .notReproduced where !isPublished: "not met"
    default: verdict.words
    }
  }

  /// Both parts: `inconclusive · scaled down: 20 % of the updates`.
  public var words: String {
    ([outcome] + limits.map { $0.words }).joined(separator: " · ")
  }

  /// The reasons of both parts, with what limits the verdict behind what the test says.
  public var reasons: String {
    ([reason] + limits.map { "\($0.kind.rawValue): \($0.reason)" }).joined(separator: "; ")
  }
}

extension Verdict {
  /// Judges a claim by per-seed values.
  ///
  /// The first rule that applies decides: needs data; not run (also without values); unverified claim; then the values: *exact*
  /// compares every value; fewer than three seeds, a value that is not finite, or a tolerance below the sampling error is
  /// inconclusive; zero spread compares the value; otherwise the form's t test decides. What limits the verdict never changes it.
  ///
  /// - Parameters:
  ///   - form: what is claimed.
  ///   - values: one per seed; for accuracies the changes against that seed's own dense network.
  ///   - direction: which way the quantity improves; only *no worse than* reads it.
  ///   - samplingError: the standard error that the test set itself leaves on the value. A tolerance (of *equals*, or the margin of
  ///     *no worse than*) below it cannot be tested. *At least* names a threshold, not a tolerance, and is exempt.
  ///   - additionalError: a standard error added in quadrature to that of the seeds (the paired binomial error on small test sets).
  ///   - circumstances: what stands in the way of judging.
  public static func judge(
    _ form: ClaimForm, values: [Double], direction: Direction = .higherIsBetter,
    samplingError: Double? = nil, additionalError: Double = 0,
    circumstances: Circumstances = Circumstances()
  ) -> Judgement {
    if let reason = circumstances.needsData { return Judgement(.needsData, because: reason) }
    if let reason = circumstances.notRun { return Judgement(.notRun, because: reason) }
    if values.isEmpty { return Judgement(.notRun, because: "no stored record has this value") }
    if let reason = circumstances.unverified {
      return Judgement(.unverifiedClaim, because: reason)
    }
    var judgement = test(
      form, values, direction: direction, samplingError: samplingError,
      additionalError: additionalError)
    judgement.limits = circumstances.limits
    return judgement
  }

  /// What the values say, whatever limits it.
  private static func test(
    _ form: ClaimForm, _ values: [Double], direction: Direction, samplingError: Double?,
    additionalError: Double
  ) -> Judgement {
    if case .exact(let count) = form { return judgeExact(count, values) }
    if values.count < fewestSeeds {
      let seeds = values.count == 1 ? "one seed" : "two seeds"
      return Judgement(.inconclusive, because: "\(seeds); a test needs \(fewestSeeds)")
    }
    if let odd = values.first(where: { !$0.isFinite }) {
      return Judgement(.inconclusive, because: "one of the values is \(odd)")
    }
    if let samplingError, let tolerance = form.tolerance, tolerance < samplingError {
      return Judgement(
        .inconclusive,
        because: "the tolerance \(short(tolerance)) is below the test set's own sampling error of "
          + short(samplingError))
    }
    let region = form.region(direction)
    if Sample(values).hasZeroSpread && additionalError == 0 {
      let value = values[0]
      return region.lower <= value && value <= region.upper
        ? Judgement(
          .reproduced, because: "all \(values.count) seeds give \(short(value)), \(region.inWords)")
        : Judgement(
          .notReproduced,
          because: "all \(values.count) seeds give \(short(value)), not \(region.inWords)")
    }
    return judgeByTests(region, values, additionalError)
  }

  private static func judgeExact(_ count: Int, _ values: [Double]) -> Judgement {
    let different = values.filter { $0 != Double(count) }
    if let first = different.first {
      return Judgement(
        .notReproduced,
        because: different.count == values.count
          ? "the count is \(short(first)), not \(count)"
          : "\(different.count) of \(values.count) counts differ, the first is \(short(first))")
    }
    return Judgement(.reproduced, because: "the count is exactly \(count)")
  }

  private static func judgeByTests(
    _ region: Region, _ values: [Double], _ additionalError: Double
  ) -> Judgement {
    var pValue = 0.0
    if region.lower.isFinite {
      let test = TTest(
        values, against: region.lower, alternative: .greater, additionalError: additionalError)
      pValue = max(pValue, test?.pValue ?? 1)
    }
    if region.upper.isFinite {
      let test = TTest(
        values, against: region.upper, alternative: .less, additionalError: additionalError)
      pValue = max(pValue, test?.pValue ?? 1)
    }
    guard
      let interval = Interval(of: values, confidence: confidence, additionalError: additionalError)
    else { return Judgement(.inconclusive, because: "the values have no interval") }
    let ours = "\(short(interval.mean)) ± \(short(interval.halfWidth))"
    if pValue < significance {
      return Judgement(
        .reproduced, because: "\(ours) is \(region.inWords) (p = \(short(pValue)))")
    }
    if interval.upper < region.lower || interval.lower > region.upper {
      return Judgement(
        .notReproduced,
        because: "the 95 % interval \(ours) lies wholly outside: not \(region.inWords)")
    }
    return Judgement(
      .inconclusive,
      because: "\(ours) neither shows nor excludes a mean \(region.inWords) "
        + "(p = \(short(pValue)))")
  }
}

/// The values that satisfy a claim, as an interval that may be open to one side.
struct Region {
  var lower: Double
  var upper: Double
  var inWords: String
}

extension ClaimForm {
  /// What has to be resolved by the test set; nil where the form names a threshold or a count.
  var tolerance: Double? {
    switch self {
    case .equals(_, let tolerance): tolerance
    case .noWorseThan(_, let margin): margin
    case .atLeast, .exact: nil
    }
  }

  func region(_ direction: Direction) -> Region {
    switch self {
    case .equals(let value, let tolerance):
      return Region(
        lower: value - tolerance, upper: value + tolerance,
        inWords: "within \(short(tolerance)) of \(short(value))")
    case .atLeast(let value, let margin):
      return Region(
        lower: value - margin, upper: .infinity, inWords: "above \(short(value - margin))")
    case .noWorseThan(let value, let margin) where direction == .higherIsBetter:
      return Region(
        lower: value - margin, upper: .infinity, inWords: "above \(short(value - margin))")
    case .noWorseThan(let value, let margin):
      return Region(
        lower: -.infinity, upper: value + margin, inWords: "below \(short(value + margin))")
    case .exact(let count):
      return Region(lower: Double(count), upper: Double(count), inWords: "exactly \(count)")
    }
  }
}

/// A number in at most four significant digits, with a true minus sign.
func short(_ value: Double) -> String {
  if value == 0 { return "0" }
  guard value.isFinite else { return "\(value)" }
  let size = abs(value)
  let sign = value < 0 ? "−" : ""
  if size < 1e-4 { return sign + (size < 1e-12 ? "under 1e-12" : scientific(size)) }
  if size >= 1e7 { return sign + scientific(size) }
  var scale = 1.0
  var digits = 0
  while size * scale < 1000 && digits < 8 {
    scale *= 10
    digits += 1
  }
  var text = plain((size * scale).rounded(), digits: digits)
  if text.contains(".") {
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
  }
  return sign + text
}

/// `scaled` / 10^digits in decimal notation; exact, because it is written from the integer.
private func plain(_ scaled: Double, digits: Int) -> String {
  var text = "\(Int(scaled))"
  if digits == 0 { return text }
  while text.count <= digits { text = "0" + text }
  text.insert(".", at: text.index(text.endIndex, offsetBy: -digits))
  return text
}

private func scientific(_ size: Double) -> String {
  var mantissa = size
  var exponent = 0
  while mantissa >= 10 {
    mantissa /= 10
    exponent += 1
  }
  while mantissa < 1 {
    mantissa *= 10
    exponent -= 1
  }
  let tenths = (mantissa * 10).rounded()
  return tenths == 100 ? "1e\(exponent + 1)" : "\(tenths / 10)e\(exponent)"
}
