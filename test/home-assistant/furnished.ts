import { type FakeHouse, fakeHouse } from '../fakes/home-assistant-server.js';

/** A registry row with what `entry` does not say left as Core has it. */
export const entry = (fields: Record<string, unknown> = {}): Record<string, unknown> => ({
  aliases: [null],
  area_id: null,
  device_id: null,
  name: null,
  original_name: null,
  ...fields,
});

/** Two floors, three areas, and one thing of each kind that matters. */
export const furnished = (): FakeHouse => {
  const house = fakeHouse();
  house.floors = [
    { floor_id: 'up', name: 'Upper floor', level: 1, aliases: ['upstairs'] },
    { floor_id: 'down', name: 'Ground floor', level: 0, aliases: [] },
  ];
  house.areas = [
    { area_id: 'bedroom', name: 'Bedroom', floor_id: 'up', aliases: [] },
    { area_id: 'kitchen', name: 'Kitchen', floor_id: 'down', aliases: ['Küche', 'Cuisine'] },
    { area_id: 'garden', name: 'Garden', floor_id: null, aliases: [] },
  ];
  house.devices = [
    { id: 'satellite', area_id: 'kitchen' },
    { id: 'plug', area_id: 'bedroom' },
    { id: 'socket', area_id: null, parent_device_id: 'plug' },
    { id: 'nowhere', area_id: null },
  ];
  const add = (
    id: string,
    state: string,
    name: string,
    fields?: Record<string, unknown> | null,
    attributes = {},
  ): void => {
    house.states.set(id, { state, attributes: { friendly_name: name, ...attributes } });
    if (fields !== null) house.entries.set(id, entry(fields));
    house.exposed.add(id);
  };
  add('light.counter', 'off', 'Counter Light', { area_id: 'kitchen', aliases: [null, 'Küchenlicht'] });
  add('light.bed', 'on', 'Bed Light', { area_id: 'bedroom' }, { brightness: 153, entity_picture: '/x?token=abc' });
  add('switch.socket', 'off', 'Socket', { device_id: 'socket' });
  add(
    'sensor.outside',
    '15.6',
    'Outside',
    { area_id: 'garden' },
    { unit_of_measurement: '°C', device_class: 'temperature' },
  );
  add('media_player.walkman', 'playing', 'Walkman', null, { media_title: 'Bounzz' });
  add('light.secret', 'off', 'Secret Light', { area_id: 'kitchen' });
  house.exposed.delete('light.secret');
  return house;
};
