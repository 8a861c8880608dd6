/**
 * A translation as it should be: every option and port in the order of config.yaml, with the texts that are there; '' where
 * there is none.
 */
export const frameOf = (groups, ports, given, { english }) => ({
  configuration: entries(groups, given.configuration ?? {}, english),
  network: Object.fromEntries(ports.map((port) => [port, given.network?.[port] ?? ''])),
});

const entries = (groups, given, english) =>
  Object.fromEntries(
    Object.entries(groups).map(([key, { description, fields }]) => {
      const old = given[key] ?? {};
      return [
        key,
        {
          name: old.name ?? '',
          // In English the program's own words, until there are some for who never sees a command line.
          description: old.description || (english && description) || '',
          ...(fields && { fields: entries(fields, old.fields ?? {}, english) }),
        },
      ];
    }),
  );

/** The texts that are empty, as paths: `configuration.wake.fields.words.name`. */
export const missingIn = (frame, path = []) =>
  Object.entries(frame).flatMap(([key, value]) => {
    const way = [...path, key];
    if (typeof value === 'string') return value === '' ? [way.join('.')] : [];
    return missingIn(value, way);
  });
