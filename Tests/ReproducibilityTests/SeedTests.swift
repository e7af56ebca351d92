// Seeds, streams and canonical JSON: the ground that every repeated bit stands on.

import Foundation
import Reproducibility
import Testing

@Suite struct SeedTests {
  @Test(
    "a stream is a pure function of its seed; these bits may never change without a new numerics version"
  )
  func golden() {
    var stream = RandomStream(Seed(1).child("initialisation"))
    let first = (0..<4).map { _ in stream.next() }
    #expect(first == GoldenBits.stream)
    var other = RandomStream(Seed(1).child("initialisation"))
    #expect(first == (0..<4).map { _ in other.next() })
  }

  @Test("children with different names or numbers are unrelated")
  func children() {
    let seed = Seed(5)
    let all = ["a", "b", "ab", "ba", ""].map { seed.child($0) } + (0..<100).map { seed.child($0) }
    #expect(Set(all).count == all.count)
    #expect(Seed(5).child("a") != Seed(6).child("a"))
  }

  @Test("uniform numbers fill [0, 1) evenly", arguments: 0..<5)
  func uniform(seed: UInt64) {
    var stream = RandomStream(Seed(seed))
    var bins = [Int](repeating: 0, count: 10)
    for _ in 0..<100_000 {
      let value = stream.uniform()
      #expect(value >= 0 && value < 1)
      bins[Int(value * 10)] += 1
    }
    // 10,000 expected in each bin; 95 is one standard deviation.
    #expect(bins.allSatisfy { abs($0 - 10_000) < 500 }, "seed \(seed): \(bins)")
  }

  @Test("normal numbers have mean 0 and variance 1", arguments: 0..<5)
  func normal(seed: UInt64) {
    var stream = RandomStream(Seed(seed))
    let values = (0..<100_000).map { _ in Double(stream.normal()) }
    let mean = values.reduce(0, +) / 100_000
    let variance = values.reduce(0) { $0 + $1 * $1 } / 100_000 - mean * mean
    #expect(abs(mean) < 0.016 && abs(variance - 1) < 0.023, "seed \(seed)")  // five standard errors
  }

  @Test("bounded integers are without bias and in range", arguments: [1, 2, 3, 7, 1000])
  func integers(bound: Int) {
    var stream = RandomStream(Seed(3))
    var counts = [Int](repeating: 0, count: bound)
    for _ in 0..<20_000 { counts[stream.integer(below: bound)] += 1 }
    let expected = 20_000 / Double(bound)
    #expect(counts.allSatisfy { abs(Double($0) - expected) < 6 * expected.squareRoot() + 1 })
  }

  @Test("a permutation holds every index once", arguments: [0, 1, 2, 17, 1000])
  func permutation(count: Int) {
    var stream = RandomStream(Seed(4))
    #expect(stream.permutation(count).sorted() == Array(0..<count))
  }

  @Test("a bound of zero is refused")
  func zeroBound() async {
    await #expect(processExitsWith: .failure) {
      var stream = RandomStream(Seed(1))
      _ = stream.integer(below: 0)
    }
  }
}

@Suite struct CanonicalJSONTests {
  private struct Sample: Codable, Equatable {
    var b = 0.1
    var a = "x/y"
    var c: [Double] = [1, 1e-7, .infinity]
    var d: Int? = nil
  }

  @Test("one value has one sequence of bytes, with sorted keys and shortest numbers")
  func bytes() throws {
    let text = String(decoding: try CanonicalJSON.encode(Sample()), as: UTF8.self)
    #expect(text == #"{"a":"x/y","b":0.1,"c":[1,1e-07,"inf"]}"#)
    #expect(try CanonicalJSON.decode(Sample.self, from: Data(text.utf8)) == Sample())
  }

  @Test("differences name the path and both values")
  func differences() throws {
    var other = Sample()
    other.b = 0.2
    other.d = 4
    let found = JSONValue.differences(
      try CanonicalJSON.tree(Sample()), try CanonicalJSON.tree(other))
    #expect(found.map { "\($0.path) \($0.left) \($0.right)" } == ["b 0.1 0.2", "d absent 4"])
  }

  @Test(
    "SHA-256 is that of the standard's examples",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ])
  func digest(text: String, expected: String) {
    #expect(Digest(of: text).hexadecimal == expected)
  }
}
