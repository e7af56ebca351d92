// Quantiles and probabilities against closed forms and against mpmath 1.x at 40 digits (cross-checked with scipy 1.17.1 to 4e-15).
// Every tolerance is relative: tails matter as much as centres.

import Foundation
import Statistics
import Testing

/// Ten digits: what the room promises.
private let promised = 1e-10

private func agree(
  _ value: Double, _ reference: Double, to tolerance: Double = promised,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    abs(value - reference) <= tolerance * abs(reference), "\(value) is not \(reference)",
    sourceLocation: sourceLocation)
}

/// Degrees of freedom, an argument, and what belongs to it.
struct StudentCase: Sendable {
  let degreesOfFreedom: Double
  let argument: Double
  let reference: Double

  init(_ degreesOfFreedom: Double, _ argument: Double, _ reference: Double) {
    self.degreesOfFreedom = degreesOfFreedom
    self.argument = argument
    self.reference = reference
  }

  /// mpmath: betainc(ν/2, 1/2, 0, ν/(ν+t²), regularized=True)/2.
  static let tails: [StudentCase] = [
    .init(0.5, 0.01, 0.49730337181805225),
    .init(0.5, 0.7, 0.34270033126038327),
    .init(0.5, 2.5, 0.20048526452664659),
    .init(0.5, 9, 0.10680163921038667),
    .init(0.5, 60, 0.041401455406332665),
    .init(3, 0.01, 0.49632455570642599),
    .init(3, 0.7, 0.26716349915238183),
    .init(3, 2.5, 0.043853323504032774),
    .init(3, 9, 0.0014479060809320735),
    .init(3, 60, 5.0997968366598774e-6),
    .init(4, 0.01, 0.49625007812294927),
    .init(4, 0.7, 0.26125008279672512),
    .init(4, 2.5, 0.033383272405994073),
    .init(4, 9, 0.00042191625880063919),
    .init(4, 60, 2.3105343638175643e-7),
    .init(5, 0.01, 0.49620400902129095),
    .init(5, 0.7, 0.25757447415740822),
    .init(5, 2.5, 0.027245049671188121),
    .init(5, 9, 0.00014133998712194853),
    .init(5, 60, 1.2168188794991899e-8),
    .init(7.3, 0.01, 0.49614455723410922),
    .init(7.3, 0.7, 0.25280857009312918),
    .init(7.3, 2.5, 0.019825117332800236),
    .init(7.3, 9, 1.6496810907892656e-5),
    .init(7.3, 60, 2.0998074451438045e-11),
    .init(29, 0.01, 0.49604488240161248),
    .init(29, 0.7, 0.24475257430724184),
    .init(29, 2.5, 0.0091626721692130385),
    .init(29, 9, 3.4049523128730889e-10),
    .init(29, 60, 2.8540216797010526e-32),
    .init(100, 0.01, 0.49602060511721425),
    .init(100, 0.7, 0.2427763032271867),
    .init(100, 2.5, 0.0070228945620385887),
    .init(100, 9, 7.6803852573752069e-15),
    .init(100, 60, 1.5688071595706946e-80),
    .init(1000000, 0.01, 0.49601064468277384),
    .init(1000000, 0.7, 0.24196373364327072),
    .init(1000000, 2.5, 0.0062097447510816231),
    .init(1000000, 9, 1.1304865167464302e-19),
  ]

  /// mpmath: the root in t of the same expression minus 1 − p, for the Double nearest to p.
  static let quantiles: [StudentCase] = [
    .init(3, 0.6, 0.27667066233268985),
    .init(3, 0.9, 1.6377443536962103),
    .init(3, 0.95, 2.3533634348018229),
    .init(3, 0.975, 3.1824463052837084),
    .init(3, 0.995, 5.8409093097333554),
    .init(3, 0.9999999, 222.57159098625124),
    .init(4, 0.6, 0.27072229470759736),
    .init(4, 0.9, 1.5332062740589441),
    .init(4, 0.95, 2.1318467863266495),
    .init(4, 0.975, 2.7764451051977935),
    .init(4, 0.995, 4.604094871349992),
    .init(4, 0.9999999, 73.985758057510531),
    .init(5, 0.6, 0.26718086570414507),
    .init(5, 0.9, 1.4758840488244813),
    .init(5, 0.95, 2.0150483733330235),
    .init(5, 0.975, 2.5705818356363148),
    .init(5, 0.995, 4.0321429835552272),
    .init(5, 0.9999999, 39.34181962105261),
    .init(9, 0.6, 0.26095533647391095),
    .init(9, 0.9, 1.3830287383966325),
    .init(9, 0.95, 1.8331129326562366),
    .init(9, 0.975, 2.262157162798205),
    .init(9, 0.995, 3.2498355415921257),
    .init(9, 0.9999999, 14.040718740925183),
    .init(29, 0.6, 0.25568363457125608),
    .init(29, 0.9, 1.3114336473015512),
    .init(29, 0.95, 1.6991270265334973),
    .init(29, 0.975, 2.0452296421327039),
    .init(29, 0.995, 2.7563859036706051),
    .init(29, 0.9999999, 6.7651601934736802),
    .init(99.5, 0.6, 0.25402558011844342),
    .init(99.5, 0.9, 1.2901178824236916),
    .init(99.5, 0.95, 1.6603123433073295),
    .init(99.5, 0.975, 1.9840936109906239),
    .init(99.5, 0.995, 2.6261466720631479),
    .init(99.5, 0.9999999, 5.588970496146307),
    .init(100000, 0.6, 0.25334777715717989),
    .init(100000, 0.9, 1.2815600314493611),
    .init(100000, 0.95, 1.6448688647849693),
    .init(100000, 0.975, 1.9599877075346093),
    .init(100000, 0.995, 2.575878469908375),
    .init(100000, 0.9999999, 5.199701988462917),
  ]
}

@Suite("Student's distribution")
struct StudentDistributionTests {
  @Test("upper tails agree with forty-digit arithmetic", arguments: StudentCase.tails)
  func tails(example: StudentCase) {
    let student = StudentDistribution(degreesOfFreedom: example.degreesOfFreedom)
    agree(student.probability(above: example.argument), example.reference)
    agree(student.probability(atMost: -example.argument), example.reference)
    agree(student.probability(atMost: example.argument), 1 - example.reference)
  }

  @Test("quantiles agree with forty-digit arithmetic", arguments: StudentCase.quantiles)
  func quantiles(example: StudentCase) {
    let student = StudentDistribution(degreesOfFreedom: example.degreesOfFreedom)
    agree(student.quantile(example.argument), example.reference)
  }

  @Test("one degree of freedom is the Cauchy distribution")
  func cauchy() {
    let student = StudentDistribution(degreesOfFreedom: 1)
    for p in [1e-12, 1e-3, 0.1, 0.2499, 0.2501, 0.4, 0.7, 0.95, 0.999] {
      agree(student.quantile(p), -1 / tan(Double.pi * p))
    }
    for t in [1e-8, 0.3, 1, 4, 1e6] {
      agree(student.probability(above: t), atan(1 / t) / Double.pi)
      agree(student.density(t), 1 / (Double.pi * (1 + t * t)))
    }
  }

  @Test("two degrees of freedom have an algebraic quantile")
  func twoDegrees() {
    let student = StudentDistribution(degreesOfFreedom: 2)
    for p in [1e-12, 1e-3, 0.1, 0.2499, 0.2501, 0.4, 0.7, 0.95, 0.999] {
      agree(student.quantile(p), (2 * p - 1) / (2 * p * (1 - p)).squareRoot())
    }
    for t in [1e-8, 0.3, 1, 4, 1e6] {
      let root = (2 + t * t).squareRoot()
      // ½(1 − t/√(2 + t²)), rationalised.
      agree(student.probability(above: t), 1 / (root * (root + t)))
    }
  }

  @Test("quantile and probability are inverse to each other", arguments: [0.7, 1, 2.5, 4, 30, 1e5])
  func inverse(degreesOfFreedom: Double) {
    let student = StudentDistribution(degreesOfFreedom: degreesOfFreedom)
    for exponent in 1...12 {
      let p = 0.5 * pow(10, -Double(exponent) / 2)
      agree(student.probability(atMost: student.quantile(p)), p)
      #expect(student.quantile(p) < 0)
    }
    #expect(student.quantile(0.5) == 0)
  }

  @Test("the ends of the line have probability nought and one")
  func ends() {
    let student = StudentDistribution(degreesOfFreedom: 4)
    #expect(student.probability(above: .infinity) == 0)
    #expect(student.probability(above: -.infinity) == 1)
    #expect(student.probability(atMost: 0) == 0.5)
    #expect(student.probability(atMost: .nan).isNaN)
    let steep = StudentDistribution(degreesOfFreedom: 1)
    agree(steep.probability(above: 1e200), 1e-200 / Double.pi)  // t² overflows
  }

  @Test("a distribution without degrees of freedom is refused")
  func refused() async {
    await #expect(processExitsWith: .failure) {
      _ = StudentDistribution(degreesOfFreedom: 0)
    }
    await #expect(processExitsWith: .failure) {
      _ = StudentDistribution(degreesOfFreedom: 3).quantile(1)
    }
  }
}

@Suite("The normal distribution")
struct NormalDistributionTests {
  @Test(
    "quantiles agree with forty-digit arithmetic",
    arguments: [
      (1e-300, -37.047096299361199), (1e-20, -9.2623400897984076), (1e-5, -4.2648907939228246),
      (0.025, -1.9599639845400542), (0.3, -0.52440051270804082),
      (0.4999, -0.00025066283008800749), (0.55, 0.12566134685507415), (0.9, 1.2815515655446006),
      (0.999999, 4.7534243088170878),
    ])
  func quantile(probability: Double, reference: Double) {
    agree(NormalDistribution.quantile(probability), reference)
  }

  @Test(
    "probabilities agree with forty-digit arithmetic",
    arguments: [
      (-30, 4.9067139271481871e-198), (-8, 6.2209605742717841e-16), (-1.96, 0.024997895148220434),
      (-0.1, 0.46017216272297102), (0.5, 0.6914624612740131), (3, 0.99865010196836991),
    ])
  func probability(x: Double, reference: Double) {
    agree(NormalDistribution.probability(atMost: x), reference)
  }

  @Test("the density is the slope of the probability")
  func density() {
    for x in [-3.0, -0.5, 0, 1.2] {
      let step = 1e-4
      let slope =
        (NormalDistribution.probability(atMost: x + step)
          - NormalDistribution.probability(atMost: x - step)) / (2 * step)
      // The truncation error of a central difference is of the order step².
      agree(NormalDistribution.density(x), slope, to: 1e-7)
    }
    agree(NormalDistribution.density(0), 0.39894228040143268)
  }
}
