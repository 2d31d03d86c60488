// Renders the OpenAPI document as one list that can be searched.
const list = document.getElementById('list');
const find = document.getElementById('find');

function element(tag, className, text) {
	const made = document.createElement(tag);
	if (className) made.className = className;
	if (text !== undefined) made.textContent = text;
	return made;
}

function operation(verb, path, spec) {
	const details = element('details', spec.deprecated ? 'deprecated' : '');
	details.dataset.text = `${verb} ${path} ${spec.summary} ${spec.tags.join(' ')}`.toLowerCase();
	const summary = element('summary');
	summary.append(element('span', 'verb', verb.toUpperCase()), element('code', '', path), ' ', element('span', 'summary', spec.summary));
	details.append(summary);
	// Schemas are long: shown when somebody looks.
	details.addEventListener('toggle', () => {
		if (details.childElementCount > 1) return;
		details.append(element('p', '', spec.description));
		const shown = { parameters: spec.parameters, body: spec.requestBody?.content?.['application/json']?.schema, reply: spec.responses['200']?.content['application/json'].schema };
		details.append(element('pre', '', JSON.stringify(shown, null, 2)));
	});
	return details;
}

async function show() {
	const answer = await fetch('/api/docs/json');
	const { paths } = await answer.json();
	const topics = new Map();
	for (const [path, verbs] of Object.entries(paths)) {
		for (const [verb, spec] of Object.entries(verbs)) {
			const topic = spec.tags[0];
			if (!topics.has(topic)) topics.set(topic, []);
			topics.get(topic).push(operation(verb, path, spec));
		}
	}
	list.textContent = '';
	for (const [topic, operations] of [...topics].sort(([a], [b]) => a.localeCompare(b))) {
		const section = element('section');
		section.append(element('h2', '', topic), ...operations);
		list.append(section);
	}
}

find.addEventListener('input', () => {
	const wanted = find.value.trim().toLowerCase();
	for (const section of list.querySelectorAll('section')) {
		let any = false;
		for (const details of section.querySelectorAll('details')) {
			details.hidden = !details.dataset.text.includes(wanted);
			any ||= !details.hidden;
		}
		section.hidden = !any;
	}
});

show().catch((error) => {
	list.textContent = `The document could not be loaded: ${error.message}`;
});
