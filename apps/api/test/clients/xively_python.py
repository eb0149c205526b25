"""
What a program with xively-python does, on Debian's python3-requests: argv is the address of the server and a master key.
Objects are made with keyword arguments, as that library makes them, so a member that it does not know is a TypeError.
Prints one line for each step, and what went wrong on standard error.
"""
import json
import sys
from datetime import datetime

import requests

BASE, KEY = sys.argv[1:3]


class Service(requests.Session):
    """Every request has the key, and says that it is JSON."""

    def __init__(self):
        super().__init__()
        # no proxy of the machine stands between this program and the server
        self.trust_env = False
        self.headers.update({'Content-Type': 'application/json', 'X-ApiKey': KEY})
        self.headers['User-Agent'] = 'xively-python/0.1.0-rc2 ' + self.headers['User-Agent']

    def call(self, method, path, body=None, **params):
        data = None if body is None else json.dumps(body)
        answer = self.request(method, BASE + '/v2/' + path, data=data, params=params, timeout=20)
        answer.raise_for_status()
        return answer


def last_segment(answer):
    return answer.headers['location'].rsplit('/', 1)[1]


def time_of(text):
    return datetime.strptime(text, '%Y-%m-%dT%H:%M:%S.%fZ')


def make_feed(*, id, title, feed, status, created, updated, creator, version, private, description=None, website=None,
              email=None, tags=None, location=None, datastreams=(), auto_feed_url=None, product_id=None,
              device_serial=None):
    time_of(created), time_of(updated)
    return {'id': id, 'title': title, 'private': private, 'location': make_location(**location or {}),
            'datastreams': [make_datastream(**one) for one in datastreams]}


def make_location(*, name=None, domain=None, exposure=None, disposition=None, lat=None, lon=None, ele=None,
                  waypoints=()):
    return {'lat': lat, 'lon': lon, 'ele': None if ele is None else float(ele)}


def make_datastream(*, id, tags=None, unit=None, min_value=None, max_value=None, current_value=None, datapoints=(),
                    at=None, version=None):
    make_unit(**unit or {})
    if at:
        time_of(at)
    return {'id': id, 'value': current_value, 'points': [make_datapoint(**one) for one in datapoints]}


def make_unit(*, label=None, type=None, symbol=None):
    return {'label': label, 'symbol': symbol}


def make_datapoint(*, at, value):
    return {'at': time_of(at), 'value': value}


def make_trigger(*, environment_id, stream_id, url, trigger_type, threshold_value=None, id, notified_at, user):
    return {'id': int(id), 'threshold': threshold_value, 'notified_at': time_of(notified_at) if notified_at else None}


def make_key(*, label, permissions, api_key, private_access=None, expires_at=None):
    return {'api_key': api_key, 'permissions': [make_permission(**one) for one in permissions]}


def make_permission(*, access_methods, label=None, minimum_interval=None, referer=None, resources=(), source_ip=None):
    return [make_resource(**one) for one in resources]


def make_resource(*, feed_id, datastream_id=None):
    return feed_id


def step(name, is_right):
    if not is_right:
        sys.exit(name + ' went wrong')
    print(name)


def feeds(service):
    at = datetime(2013, 1, 1, 12, 0, 0, 1).isoformat() + 'Z'
    feed = last_segment(service.call('POST', 'feeds', {
        'version': '1.0.0', 'title': 'By requests', 'tags': ['a', 'b'], 'location': {'lat': 51.5, 'lon': -0.1, 'ele': 23.0},
        'datastreams': [{'id': '0', 'current_value': '1', 'at': at}]}))
    read = service.call('GET', 'feeds/' + feed, datastreams=['0', '1'], show_user=False).json()
    step('feed created', make_feed(**read)['location'] == {'lat': 51.5, 'lon': -0.1, 'ele': 23.0})
    service.call('PUT', 'feeds/' + feed, dict(read, title='By requests, again'))
    again = make_feed(**service.call('GET', 'feeds/' + feed + '/', start='2012-01-01T00:00:00Z').json())
    points = again['datastreams'][0]['points']
    step('feed updated', again['title'] == 'By requests, again' and [one['value'] for one in points] == ['1'])
    found = service.call('GET', 'feeds', q='requests', content='full', per_page=1000).json()['results']
    step('feeds listed', again['id'] in [make_feed(**one)['id'] for one in found])
    return feed


def datastreams(service, feed):
    path = 'feeds/' + feed + '/datastreams'
    energy = {'id': 'energy', 'unit': {'label': 'Watts', 'symbol': 'W'}, 'current_value': 42}
    service.call('POST', path, {'version': '1.0.0', 'datastreams': [energy]})
    service.call('PUT', path + '/energy', {'current_value': 43})
    read = make_datastream(**service.call('GET', path + '/energy').json())
    step('datastream updated', read['value'] == '43')
    points = path + '/energy/datapoints'
    noon, one = datetime(2013, 1, 1, 12), datetime(2013, 1, 1, 13, 0, 0, 250000)
    service.call('POST', points, {'datapoints': [{'at': at.isoformat() + 'Z', 'value': 7} for at in (noon, one)]})
    service.call('PUT', points + '/' + noon.isoformat() + 'Z', {'value': 9})
    read = make_datapoint(**service.call('GET', points + '/' + noon.isoformat() + 'Z').json())
    step('datapoint updated', read == {'at': noon, 'value': '9'})
    history = service.call('GET', path + '/energy', start='2013-01-01T00:00:00Z', duration='1day', find_previous=True)
    read = make_datastream(**history.json())['points']
    step('history read', [point['at'] for point in read] == [noon, one])
    service.call('DELETE', points, start='2013-01-01T00:00:00Z', end='2013-01-02T00:00:00Z')
    left = service.call('GET', path + '/energy', start='2013-01-01T00:00:00Z', duration='1day').json()
    step('history deleted', 'datapoints' not in left)


def triggers(service, feed):
    trigger = int(last_segment(service.call('POST', 'triggers', {
        'environment_id': int(feed), 'stream_id': 'energy', 'url': 'http://example.org/hook', 'trigger_type': 'gt',
        'threshold_value': '50'})))
    read = service.call('GET', 'triggers/%d' % trigger).json()
    step('trigger created', make_trigger(**read)['notified_at'] is None)
    read.pop('id')
    service.call('PUT', 'triggers/%d' % trigger, dict(read, threshold_value='44'))
    service.call('PUT', 'feeds/' + feed, {'datastreams': [{'id': 'energy', 'current_value': 45}]})
    listed = [make_trigger(**one) for one in service.call('GET', 'triggers', feed_id=feed).json()]
    step('trigger fired', [(one['id'], one['threshold']) for one in listed] == [(trigger, '44')])
    step('trigger tells when', isinstance(listed[0]['notified_at'], datetime))
    service.call('DELETE', 'triggers/%d' % trigger)


def keys(service, feed):
    wanted = {'label': 'by requests', 'private_access': True,
              'permissions': [{'access_methods': ['get'], 'resources': [{'feed_id': int(feed)}]}]}
    key = last_segment(service.call('POST', 'keys', {'key': wanted}))
    read = make_key(**service.call('GET', 'keys/' + key).json()['key'])
    step('key created', read == {'api_key': key, 'permissions': [[int(feed)]]})
    listed = [make_key(**one) for one in service.call('GET', 'keys', feed_id=feed).json()['keys']]
    step('keys listed', len(listed) == 1)
    service.call('DELETE', 'keys/' + key)


service = Service()
made = feeds(service)
datastreams(service, made)
triggers(service, made)
keys(service, made)
service.call('DELETE', 'feeds/' + made)
gone = service.get(BASE + '/v2/feeds/' + made, timeout=20)
step('feed deleted', gone.status_code == 404 and gone.json()['title'] == 'Not found')
