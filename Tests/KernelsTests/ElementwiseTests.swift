// Activations, dropout, losses, optimizers, vector arithmetic and selection at awkward lengths.

import Glibc
import Kernels
import TestSupport
import Testing

@Suite("Element-wise kernels")
struct ElementwiseTests {
  static let lengths = awkwardLengths + [40_000]

  @Test("rectification and its gradient are the scalar formulas", arguments: lengths)
  func rectification(count: Int) {
    let x = normalFloats(count, "x")
    let dy = normalFloats(count, "dy")
    let results = sameBits("rectify") { workers in
      var y = unwritten(count)
      var dx = dy
      var ySpan = y.mutableSpan
      rectify(x.span, output: &ySpan, workers: workers)
      var dxSpan = dx.mutableSpan
      rectifyBackward(inPlace: &dxSpan, output: y.span, workers: workers)
      return [y, dx]
    }
    #expect(results[0] == x.map { max($0, 0) })
    #expect(results[1] == zip(x, dy).map { $0 > 0 ? $1 : 0 })
  }

  @Test("the hyperbolic tangent is within a few units of the exact one", arguments: lengths)
  func tangent(count: Int) {
    let x = normalFloats(count, "x").enumerated().map { $1 * [0.01, 0.5, 1, 4, 40][$0 % 5] }
    let dy = normalFloats(count, "dy")
    let results = sameBits("tanh") { workers in
      var y = unwritten(count)
      var dx = dy
      var ySpan = y.mutableSpan
      hyperbolicTangent(x.span, output: &ySpan, workers: workers)
      var dxSpan = dx.mutableSpan
      hyperbolicTangentBackward(inPlace: &dxSpan, output: y.span, workers: workers)
      return [y, dx]
    }
    expectValues(results[0], x.map { tanh(Double($0)) }, .elementary, "tanh")
    #expect(results[1] == zip(dy, results[0]).map { $0 * (1 - $1 * $1) })
  }

  @Test("the hyperbolic tangent saturates and keeps what is not a number")
  func tangentExtremes() {
    let x: [Float] = [0, .infinity, -.infinity, .nan, 1e30, -1e30, 1e-30, -1e-30, 0.625]
    var y = unwritten(x.count)
    var span = y.mutableSpan
    hyperbolicTangent(x.span, output: &span, workers: Workers(threadCount: 1))
    expectValues(y, x.map { tanh(Double($0)) }, .elementary, "tanh")
  }

  @Test("dropout keeps about p of the elements, scales them, and repeats its mask backwards")
  func dropping() {
    let x = [Float](repeating: 1, count: 100_000)
    func apply(_ p: Float, _ key: UInt64) -> [Float] {
      let results = sameBits("dropout") { workers in
        var y = unwritten(x.count)
        var dx = x
        var ySpan = y.mutableSpan
        dropout(x.span, output: &ySpan, keeping: p, key: key, workers: workers)
        var dxSpan = dx.mutableSpan
        dropoutBackward(inPlace: &dxSpan, keeping: p, key: key, workers: workers)
        return [y, dx]
      }
      #expect(results[0] == results[1])
      return results[0]
    }
    for p in [0.1, 0.5, 0.8] as [Float] {
      let y = apply(p, 7)
      #expect(y.allSatisfy { $0 == 0 || $0 == 1 / p })
      let kept = Double(y.count { $0 != 0 })
      // Five standard deviations of a binomial count.
      let spread = 5 * (100_000 * Double(p) * (1 - Double(p))).squareRoot()
      #expect(abs(kept - 100_000 * Double(p)) < spread)
    }
    #expect(apply(1, 7) == x)
    // Two keys agree as often as independent coins, and so do neighbouring blocks of one mask.
    let first = apply(0.5, 7)
    let second = apply(0.5, 8)
    let agreements = zip(first, second).count { $0 == $1 }
    #expect(abs(agreements - 50_000) < 800)
    let shifted = zip(first.dropFirst(16_384), first).count { $0 == $1 }
    #expect(abs(shifted - 41_808) < 800)
    let neighbours = zip(first.dropFirst(), first).count { $0 == $1 }
    #expect(abs(neighbours - 50_000) < 800)
  }

  static let losses = [(1, 1), (1, 10), (33, 10), (100, 7), (65, 8), (7, 33), (2, 255), (40, 1000)]

  @Test("cross-entropy and its gradient are the exact ones", arguments: losses)
  func crossEntropy(rows: Int, classes: Int) {
    let z = normalFloats(rows * classes, "z").map { $0 * 8 }
    let labels = randomLabels(rows, classes: classes)
    let scale = 1 / Float(rows)
    let results = sameBits("cross-entropy") { workers in
      var loss = unwritten(rows)
      var onlyLoss = unwritten(rows)
      var dz = unwritten(z.count)
      var lossSpan = loss.mutableSpan
      var dzSpan = dz.mutableSpan
      softmaxCrossEntropy(
        z.span, labels: labels.span, losses: &lossSpan, gradient: &dzSpan, rows: rows,
        classes: classes, scale: scale, workers: workers)
      var onlySpan = onlyLoss.mutableSpan
      softmaxLosses(
        z.span, labels: labels.span, losses: &onlySpan, rows: rows, classes: classes,
        workers: workers)
      return [loss, dz, onlyLoss]
    }
    #expect(results[0] == results[2])
    for row in 0..<rows {
      let logits = z[row * classes..<(row + 1) * classes].map(Double.init)
      let label = Int(labels[row])
      let largest = logits.max() ?? 0
      let total = logits.reduce(0) { $0 + exp($1 - largest) }
      // A loss is a difference of logits: its rounding is relative to them.
      let lossTolerance = KernelTolerance(relative: 5e-7, absolute: 5e-7)
      expectValues(
        [results[0][row]], [log(total) + largest - logits[label]], lossTolerance, "loss")
      let gradient = (0..<classes).map { c in
        Double(scale) * (exp(logits[c] - largest) / total - (c == label ? 1 : 0))
      }
      // Logits up to 30 are rounded before exp: their last place is 2·10⁻⁶ relative.
      let gradientTolerance = KernelTolerance(relative: 4e-6, absolute: 2e-7 * Double(scale))
      expectValues(
        Array(results[1][row * classes..<(row + 1) * classes]), gradient, gradientTolerance,
        "gradient")
    }
  }

  @Test("cross-entropy of extreme logits is finite")
  func extremeLogits() {
    let z: [Float] = [1000, -1000, 0, -1000, 1000, 0]
    var loss = unwritten(2)
    var dz = unwritten(6)
    var lossSpan = loss.mutableSpan
    var dzSpan = dz.mutableSpan
    let labels: [UInt16] = [0, 0]
    softmaxCrossEntropy(
      z.span, labels: labels.span, losses: &lossSpan, gradient: &dzSpan, rows: 2, classes: 3,
      scale: 1, workers: Workers(threadCount: 1))
    #expect(loss == [0, 2000])
    #expect(dz == [0, 0, 0, -1, 1, 0])
  }

  @Test("a label beyond the classes is refused")
  func refusesLabel() async {
    await #expect(processExitsWith: .failure) {
      var loss: [Float] = [0]
      var span = loss.mutableSpan
      let z: [Float] = [1, 2]
      let labels: [UInt16] = [2]
      softmaxLosses(
        z.span, labels: labels.span, losses: &span, rows: 1, classes: 2,
        workers: Workers(threadCount: 1))
    }
  }

  @Test("the predicted class is the first of the largest logits")
  func prediction() {
    let z: [Float] = [1, 3, 3, -1, -1, -2, 0, 0, 0, .nan, 1, 2]
    var classes = [UInt16](repeating: 9, count: 4)
    var span = classes.mutableSpan
    argumentOfMaximum(
      z.span, rows: 4, classes: 3, into: &span, workers: Workers(threadCount: 1))
    #expect(classes == [1, 0, 0, 0])
    // More classes than a byte can count.
    var many = [Float](repeating: 0, count: 2000)
    (many[999], many[1256]) = (1, 1)
    var labels = [UInt16](repeating: 0, count: 2)
    var labelSpan = labels.mutableSpan
    argumentOfMaximum(
      many.span, rows: 2, classes: 1000, into: &labelSpan, workers: Workers(threadCount: 1))
    #expect(labels == [999, 256])
  }

  @Test("gradient descent is the scalar formula, bit for bit", arguments: lengths)
  func descent(count: Int) {
    let w = normalFloats(count, "w")
    let v = normalFloats(count, "v")
    let g = normalFloats(count, "g")
    let (rate, momentum, decay) = (0.1, 0.9, 0.0005) as (Float, Float, Float)
    for (nesterov, outside) in [(false, false), (true, false), (false, true), (true, true)] {
      let results = sameBits("descent") { workers in
        var weights = w
        var velocity = v
        var weightSpan = weights.mutableSpan
        var velocitySpan = velocity.mutableSpan
        sgdStep(
          &weightSpan, velocity: &velocitySpan, gradient: g.span, learningRate: rate,
          momentum: momentum, nesterov: nesterov, weightDecay: decay,
          rateOutsideVelocity: outside, workers: workers)
        return [weights, velocity]
      }
      for i in 0..<count {
        let slope = g[i] + decay * w[i]
        if outside {
          let speed = momentum * v[i] + slope
          let step = nesterov ? slope + momentum * speed : speed
          #expect(results[1][i] == speed && results[0][i] == w[i] - rate * step)
          continue
        }
        let speed = momentum * v[i] - rate * slope
        let moved = nesterov ? w[i] - rate * slope + momentum * speed : w[i] + speed
        #expect(results[1][i] == speed && results[0][i] == moved)
      }
    }
    let plain = sameBits("descent") { workers in
      var weights = w
      var velocity: [Float] = []
      var weightSpan = weights.mutableSpan
      var velocitySpan = velocity.mutableSpan
      sgdStep(
        &weightSpan, velocity: &velocitySpan, gradient: g.span, learningRate: rate, momentum: 0,
        nesterov: false, weightDecay: decay, workers: workers)
      return [weights]
    }
    #expect(plain[0] == zip(w, g).map { $0 - rate * ($1 + decay * $0) })
  }

  @Test("momentum without velocity is refused")
  func refusesMomentum() async {
    await #expect(processExitsWith: .failure) {
      var w: [Float] = [1]
      var v: [Float] = []
      let g: [Float] = [1]
      var weightSpan = w.mutableSpan
      var velocitySpan = v.mutableSpan
      sgdStep(
        &weightSpan, velocity: &velocitySpan, gradient: g.span, learningRate: 1, momentum: 0.9,
        nesterov: false, weightDecay: 0, workers: Workers(threadCount: 1))
    }
  }

  @Test("Adam follows its published formula over several steps", arguments: lengths)
  func adam(count: Int) {
    let w = normalFloats(count, "w")
    let gradients = (1...3).map { normalFloats(count, "g\($0)") }
    let results = sameBits("Adam") { workers in
      var weights = w
      var first = [Float](repeating: 0, count: count)
      var second = first
      for (index, gradient) in gradients.enumerated() {
        var weightSpan = weights.mutableSpan
        var firstSpan = first.mutableSpan
        var secondSpan = second.mutableSpan
        adamStep(
          &weightSpan, firstMoment: &firstSpan, secondMoment: &secondSpan,
          gradient: gradient.span, learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8,
          weightDecay: 0.01, step: index + 1, workers: workers)
      }
      return [weights]
    }
    let expected = (0..<count).map { i in
      var (x, m, v) = (Double(w[i]), 0.0, 0.0)
      for (index, gradient) in gradients.enumerated() {
        let t = Double(index + 1)
        let slope = Double(gradient[i]) + 0.01 * x
        m = 0.9 * m + 0.1 * slope
        v = 0.999 * v + 0.001 * slope * slope
        x -= 0.01 * (m / (1 - pow(0.9, t))) / ((v / (1 - pow(0.999, t))).squareRoot() + 1e-8)
      }
      return x
    }
    // β₂ as a Float leaves 1 − β₂ only 5·10⁻⁵ exact, half of which reaches a step of 0.01.
    let tolerance = KernelTolerance(relative: 1e-6, absolute: 1e-6)
    expectValues(results[0], expected, tolerance, "weights")
  }
}

@Suite("Vector arithmetic and selection")
struct VectorArithmeticTests {
  @Test("updates are the scalar formulas, bit for bit", arguments: awkwardLengths)
  func updates(count: Int) {
    let x = normalFloats(count, "x")
    let y = normalFloats(count, "y")
    func changed(_ body: (inout MutableSpan<Float>) -> Void) -> [Float] {
      var copy = y
      var span = copy.mutableSpan
      body(&span)
      return copy
    }
    let added = changed { add(x.span, to: &$0) }
    #expect(added == zip(x, y).map { $1 + $0 })
    let addedMultiple = changed { axpy(0.3, x.span, &$0) }
    #expect(addedMultiple == zip(x, y).map { $1 + 0.3 * $0 })
    let scaled = changed { scale(&$0, by: 0.7) }
    #expect(scaled == y.map { $0 * 0.7 })
    let masked = changed { multiplyElementwise(&$0, by: x.span) }
    #expect(masked == zip(x, y).map { $1 * $0 })
  }

  @Test(
    "the pull of the penalty is the scalar formula, bit for bit",
    arguments: ElementwiseTests.lengths)
  func penalty(count: Int) {
    let (x, y) = (normalFloats(count, "x"), normalFloats(count, "y"))
    let (target, multipliers) = (normalFloats(count, "target"), normalFloats(count, "multipliers"))
    let results = sameBits("penalty") { workers in
      var gradient = y
      var span = gradient.mutableSpan
      addPenaltyGradient(
        0.3, weights: x.span, target: target.span, multipliers: multipliers.span, to: &span,
        workers: workers)
      return [gradient]
    }
    for i in 0..<count {
      let pull: Float = 0.3 * (x[i] - target[i]) - multipliers[i]
      #expect(results[0][i] == y[i] + pull)
    }
  }

  @Test("sums are exact to Double rounding", arguments: awkwardLengths)
  func sums(count: Int) {
    let x = normalFloats(count, "x")
    let y = normalFloats(count, "y")
    func isClose(_ computed: Double, _ terms: [Double]) -> Bool {
      // Every addition rounds to 1.1·10⁻¹⁶ of a partial sum no larger than the total magnitude.
      let magnitude = terms.reduce(0) { $0 + abs($1) }
      return abs(computed - terms.reduce(0, +)) <= 1.2e-16 * magnitude * Double(count + 4)
    }
    let product = dot(x.span, y.span)
    #expect(isClose(product, zip(x, y).map { Double($0) * Double($1) }))
    let squares = sumOfSquares(x.span)
    #expect(isClose(squares, x.map { Double($0) * Double($0) }))
  }

  @Test("adding vectors of different lengths is refused")
  func refusesLength() async {
    await #expect(processExitsWith: .failure) {
      let x: [Float] = [1, 2]
      var y: [Float] = [1]
      var span = y.mutableSpan
      add(x.span, to: &span)
    }
  }

  @Test("the k-th largest magnitude is that of the sorted list", arguments: awkwardLengths)
  func selection(count: Int) {
    for seed in 0..<5 as Range<UInt64> {
      // Every second run rounds, so that there are ties and zeros of both signs.
      let x = normalFloats(count, "x", seed: seed).map { seed % 2 == 0 ? $0 : $0.rounded() }
      let sorted = x.map { abs($0) }.sorted(by: >)
      for rank in Set([1, 2, count / 3, count / 2, count - 1, count])
      where (1...max(1, count)).contains(rank) && count > 0 {
        let magnitude = largestMagnitude(rank: rank, of: x.span)
        #expect(magnitude == sorted[rank - 1], "seed \(seed)")
      }
    }
    let extremes: [Float] = [-.infinity, 0, .leastNonzeroMagnitude, -.greatestFiniteMagnitude]
    let ordered = (1...4).map { largestMagnitude(rank: $0, of: extremes.span) }
    #expect(ordered == [.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 0])
  }

  @Test("a rank beyond the list is refused")
  func refusesRank() async {
    await #expect(processExitsWith: .failure) {
      let x: [Float] = [1]
      _ = largestMagnitude(rank: 2, of: x.span)
    }
  }
}
