using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using PlainLoader;

// What any user of ML.NET would write: nothing here names a type of this library.
if (args.Length != 3)
{
    Console.Error.WriteLine("usage: PlainLoader MODEL.zip ROWS.json RESULTS.json");
    return 2;
}

var rows = JsonSerializer.Deserialize<List<Question>>(File.ReadAllText(args[1]))!;
var ml = new MLContext(seed: 1);
var model = ml.Model.Load(args[0], out var schema);
var view = model.Transform(ml.Data.LoadFromEnumerable(rows));
if (view.Schema.GetColumnOrNull("PredictedLabel") is null)
{
    // What scores regions, or a text and an image, chooses no name.
    var isPair = view.Schema["Score"].Type is NumberDataViewType;
    var numbers = new Numbers
    {
        Enumerated = isPair
            ? [.. ml.Data.CreateEnumerable<PairScore>(view, reuseRowObject: false).Select(row => new[] { row.Score })]
            : [.. ml.Data.CreateEnumerable<RegionScores>(view, reuseRowObject: false).Select(row => row.Score.Concat(row.PredictedBox).ToArray())],
        Predicted = isPair ? Pairs() : Regions(),
    };
    File.WriteAllText(args[2], JsonSerializer.Serialize(numbers));
    return 0;

    List<float[]> Pairs()
    {
        using var pairs = ml.Model.CreatePredictionEngine<Question, PairScore>(model);
        return [.. rows.Select(row => new[] { pairs.Predict(row).Score })];
    }

    List<float[]> Regions()
    {
        using var regions = ml.Model.CreatePredictionEngine<Question, RegionScores>(model);
        return [.. rows.Select(regions.Predict).Select(row => row.Score.Concat(row.PredictedBox).ToArray())];
    }
}

VBuffer<ReadOnlyMemory<char>> keys = default, slots = default;
view.Schema["PredictedLabel"].GetKeyValues(ref keys);
view.Schema["Score"].GetSlotNames(ref slots);
var enumerated = ml.Data.CreateEnumerable<Prediction>(view, reuseRowObject: false).ToList();
using var engine = ml.Model.CreatePredictionEngine<Question, Prediction>(model);
var results = new Results
{
    Type = model.GetType().FullName!,
    InputColumns = [.. schema.Select(column => column.Name)],
    OutputColumns = [.. view.Schema.Select(column => column.Name)],
    Answers = [.. keys.DenseValues().Select(text => text.ToString())],
    SlotNames = [.. slots.DenseValues().Select(text => text.ToString())],
    ScoreType = view.Schema["Score"].Type.ToString()!,
    Enumerated = enumerated,
    Predicted = [.. rows.Select(engine.Predict)],
};
File.WriteAllText(args[2], JsonSerializer.Serialize(results));
return 0;
