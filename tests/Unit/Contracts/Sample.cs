namespace ClaudeManage.Unit.Contracts;

/// <summary>A value of any contract type with every field filled, always the same.</summary>
static class Sample
{
    static readonly DateTimeOffset Moment = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static object? Of(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return "text";
        if (type == typeof(Guid)) return new Guid("00000000-0000-0000-0000-000000000001");
        if (type == typeof(DateTimeOffset)) return Moment;
        if (type == typeof(bool)) return true;
        if (type == typeof(int)) return 1;
        if (type == typeof(long)) return 2L;
        if (type == typeof(double)) return 1.5;
        if (type == typeof(decimal)) return 0.5m;
        if (type == typeof(object)) return "any";
        if (type == typeof(System.Text.Json.JsonElement)) return System.Text.Json.JsonSerializer.SerializeToElement("any");
        if (type.IsEnum) return Enum.GetValues(type).GetValue(0);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)) return List(type.GenericTypeArguments[0]);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)) return Dictionary(type.GenericTypeArguments[1]);
        var constructor = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First();
        return constructor.Invoke([.. constructor.GetParameters().Select(p => Of(p.ParameterType))]);
    }

    static Array List(Type element)
    {
        var list = Array.CreateInstance(element, 1);
        list.SetValue(Of(element), 0);
        return list;
    }

    static object Dictionary(Type value)
    {
        var dictionary = (System.Collections.IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), value))!;
        dictionary["key"] = Of(value);
        return dictionary;
    }
}
