// Units that thinning keeps although they look superfluous, networks that it refuses, and its report.

import Kernels
import Networks
import Reproducibility
import Tensors
import Testing

@Suite struct ThinningRefusalTests {
  @Test("a unit without weights but with a bias is refused")
  func bias() throws {
    var network = try ones()
    silence([0, 1], of: "fc1", in: &network)
    try network.setParameters([("fc1.bias", Tensor([3], elements: [0, 0.5, 1]))])
    let (thinned, report) = try network.thinned()
    #expect(thinned.parameter("fc1.bias")?.elements == [0.5, 1])
    #expect(report.layers[0].kept == [KeptUnits(reason: .bias, units: [1])])
    #expect(report.refusals.map { $0.layer } == ["fc1"])
    expectSameFunction(network, thinned, "bias")
  }

  @Test("an emptied layer keeps one unit, and says so")
  func emptied() throws {
    var network = try ones()
    silence([0, 1, 2], of: "fc1", in: &network)
    let (thinned, report) = try network.thinned()
    #expect(report.layers[0].unitsAfter == 1)
    #expect(report.layers[0].kept == [KeptUnits(reason: .lastUnit, units: [0])])
    #expect(report.layers[1].kept == [KeptUnits(reason: .bias, units: [0, 1, 2])])
    expectSameFunction(network, thinned, "emptied")
    try expectIdempotent(thinned, "emptied")
  }

  @Test("a network of zeros keeps one unit a layer and all outputs")
  func allZero() throws {
    var network = try ones()
    network.parameters = network.parameters.map { Tensor($0.shape) }
    let (thinned, report) = try network.thinned()
    #expect(report.layers.map { $0.unitsAfter } == [1, 1, 2])
    #expect(report.layers[2].kept == [KeptUnits(reason: .networkOutput, units: [0, 1])])
    #expect(thinned.inputShape == [4] && thinned.outputShape == [2])
    try expectIdempotent(thinned, "all zero")
  }

  @Test("a unit that a later layer makes something else of is refused, with the layer's name")
  func laterLayer() throws {
    var network = try Network(
      [Linear(outputs: 3), Rectifier(), Bump(), Linear(outputs: 2)], inputShape: [4], seed: Seed(1))
    silence([1], of: "fc1", in: &network)
    let (thinned, report) = try network.thinned()
    #expect(!report.hasRemovals)
    #expect(report.layers[0].kept == [KeptUnits(reason: .laterLayer(name: "bump1"), units: [1])])
    #expect(report.refusals.count == 1)
    expectSameFunction(network, thinned, "bump")
  }

  @Test("values that are not finite are refused", arguments: [Float.nan, .infinity])
  func notFinite(value: Float) throws {
    var network = try ones()
    network.parameters[2][4] = value
    #expect(throws: ThinningError.notFinite(parameter: "fc2.weight")) { try network.thinned() }
  }

  @Test("a report survives JSON")
  func codable() throws {
    var network = try ones()
    silence([0], of: "fc1", in: &network)
    silence([1], of: "fc3", in: &network)
    let report = try network.thinned().report
    let data = try CanonicalJSON.encode(report)
    #expect(try CanonicalJSON.decode(ThinningReport.self, from: data) == report)
  }
}
