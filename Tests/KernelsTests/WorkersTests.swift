// The fork-join threads: every slice exactly once, in any order, call after call, asleep or awake.

import Glibc
import Kernels
import Testing

@Suite("Workers")
struct WorkersTests {
  @Test("every slice is visited once, with its own elements", arguments: [1, 2, 4, 7])
  func visitsSlices(threads: Int) {
    let workers = Workers(threadCount: threads)
    for (count, size) in [(0, 4), (1, 4), (8, 4), (9, 4), (1000, 3), (5, 100)] {
      var elements = [Float](repeating: 0, count: count)
      var span = elements.mutableSpan
      workers.forEachSlice(of: &span, size: size) { index, slice in
        for i in slice.indices { slice[i] += Float(index * size + i + 1) }
      }
      #expect(elements == (0..<count).map { Float($0 + 1) })
    }
  }

  @Test("thousands of short calls lose no slice, with pauses long enough to fall asleep")
  func manyCalls() {
    let workers = Workers(threadCount: 3)
    var elements = [Float](repeating: 0, count: 64)
    for call in 1...5000 {
      var span = elements.mutableSpan
      workers.forEachSlice(of: &span, size: 5) { _, slice in
        for i in slice.indices { slice[i] += 1 }
      }
      if call % 500 == 0 { usleep(1000) }
    }
    #expect(elements.allSatisfy { $0 == 5000 })
  }

  @Test("workers can be made and dropped many times")
  func comeAndGo() {
    for _ in 0..<50 {
      let workers = Workers(threadCount: 3)
      var elements = [Float](repeating: 1, count: 30)
      var span = elements.mutableSpan
      workers.forEachSlice(of: &span, size: 1) { _, slice in slice[0] = 2 }
      #expect(elements.allSatisfy { $0 == 2 })
    }
  }

  @Test("a parallel call inside a slice is refused")
  func refusesNesting() async {
    await #expect(processExitsWith: .failure) {
      let workers = Workers(threadCount: 2)
      var elements = [Float](repeating: 0, count: 8)
      var span = elements.mutableSpan
      workers.forEachSlice(of: &span, size: 1) { _, _ in
        var inner = [Float](repeating: 0, count: 8)
        var innerSpan = inner.mutableSpan
        workers.forEachSlice(of: &innerSpan, size: 1) { _, _ in }
      }
    }
  }

  @Test("no threads at all is refused")
  func refusesZero() async {
    await #expect(processExitsWith: .failure) { _ = Workers(threadCount: 0) }
  }

  @Test("the tests run on the pinned core type")
  func pinned() {
    #expect(BLAS.isPinned, "run the tests with OPENBLAS_CORETYPE=Haswell")
    #expect(BLAS.coreName == BLAS.pinnedCore)
  }

  @Test("this machine has what the kernels are compiled for")
  func features() {
    #expect(ProcessorFeatures.requiredFeaturesMissing() == [])
  }

  @Test(
    "numbers too small for a full mantissa count as zero in every thread", arguments: [1, 2, 4])
  func subnormals(threads: Int) {
    let workers = Workers(threadCount: threads)
    var numbers = [Float](repeating: Float.leastNormalMagnitude, count: 1 << 20)
    var span = numbers.mutableSpan
    scale(&span, by: 0.5, workers: workers)
    #expect(numbers.allSatisfy { $0 == 0 && $0.sign == .plus })
    numbers = [Float](repeating: Float.leastNormalMagnitude.nextDown, count: 1 << 20)
    span = numbers.mutableSpan
    scale(&span, by: 1e9, workers: workers)
    #expect(numbers.allSatisfy { $0 == 0 })
  }
}
