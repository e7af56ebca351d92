// “Did you mean”: the known word nearest to a mistyped one.

/// Finds the word that was probably meant.
enum NearMiss {
  /// The known word within two edits (or a third of its length), nearest first; nil if none is near.
  static func nearest(to word: String, in known: [String]) -> String? {
    let candidates = known.map { (word: $0, distance: distance(word, $0)) }
      .filter { $0.distance <= max(2, $0.word.count / 3) }
    return candidates.min { ($0.distance, $0.word) < ($1.distance, $1.word) }?.word
  }

  /// A sentence that names what is known, and what was probably meant.
  static func hint(_ word: String, in known: [String]) -> String {
    let list = known.joined(separator: ", ")
    guard let nearest = nearest(to: word, in: known) else { return "known: \(list)" }
    return "did you mean ‘\(nearest)’? known: \(list)"
  }

  /// Edits (insert, delete, replace, swap neighbours) between two words (Damerau 1964).
  private static func distance(_ left: String, _ right: String) -> Int {
    let (a, b) = (Array(left), Array(right))
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var rows = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
    for i in 0...a.count { rows[i][0] = i }
    for j in 0...b.count { rows[0][j] = j }
    for i in 1...a.count {
      for j in 1...b.count {
        let replace = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
        rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, replace)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
        }
      }
    }
    return rows[a.count][b.count]
  }
}
