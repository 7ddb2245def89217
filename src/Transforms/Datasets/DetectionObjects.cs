namespace MLNet.VisionLanguage.Datasets;

/// <summary>The objects of an image while its files are read.</summary>
internal sealed class DetectionObjects
{
    private readonly List<string> _labels = [];
    private readonly List<string> _attributes = [];
    private readonly List<float> _boxes = [];
    private readonly List<float> _areas = [];
    private readonly List<float> _crowd = [];
    private readonly List<string> _predicted = [];
    private readonly List<float> _predictedBoxes = [];
    private readonly List<float> _scores = [];

    /// <summary>Adds an object that is there.</summary>
    /// <param name="label">Its class.</param>
    /// <param name="box">x1 y1 x2 y2.</param>
    /// <param name="area">Its pixels; null for those of the box.</param>
    /// <param name="isCrowd">Whether it does not count.</param>
    /// <param name="attribute">What it is like; empty where nothing is said.</param>
    public void Add(string label, float[] box, float? area = null, bool isCrowd = false, string attribute = "")
    {
        _labels.Add(label);
        _attributes.Add(attribute);
        _boxes.AddRange(box);
        _areas.Add(area ?? ((box[2] - box[0]) * (box[3] - box[1])));
        _crowd.Add(isCrowd ? 1 : 0);
    }

    /// <summary>Adds an object that was found.</summary>
    public void AddFound(string label, float[] box, float score)
    {
        _predicted.Add(label);
        _predictedBoxes.AddRange(box);
        _scores.Add(score);
    }

    /// <summary>The row of an image.</summary>
    public DetectionExample ToExample(float width, float height) => new()
    {
        Labels = [.. _labels],
        Attributes = [.. _attributes],
        Boxes = [.. _boxes],
        Areas = [.. _areas],
        Crowd = [.. _crowd],
        ImageSize = [width, height],
        PredictedLabel = [.. _predicted],
        PredictedBoundingBoxes = [.. _predictedBoxes],
        Score = [.. _scores],
    };
}
