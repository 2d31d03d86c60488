(() => {
	const login = document.getElementById('login');
	const decision = document.getElementById('decision');
	const second = document.getElementById('second');
	const note = document.getElementById('note');

	// The token goes along as a form field that no other site can know, so that nobody can decide for the person.
	const ask = (name, token, fresh) => {
		login.hidden = true;
		decision.hidden = false;
		decision.token.value = token;
		decision.fresh.value = fresh ? 'yes' : '';
		document.getElementById('who').textContent = name;
	};

	const known = async () => {
		const uid = localStorage.getItem('Meteor.userId');
		const token = localStorage.getItem('Meteor.loginToken');
		if (!uid || !token) return false;
		const reply = await fetch('/api/v1/me', { headers: { 'X-User-Id': uid, 'X-Auth-Token': token } });
		if (!reply.ok) return false;
		ask((await reply.json()).username, token, false);
		return true;
	};

	login.addEventListener('submit', async (event) => {
		event.preventDefault();
		note.textContent = '';
		const fields = { user: login.user.value, password: login.password.value };
		if (login.code.value) fields.code = login.code.value;
		const reply = await fetch('/api/v1/login', {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify(fields),
		});
		const body = await reply.json();
		if (body.data && body.data.authToken) {
			login.reset();
			ask(body.data.me.username, body.data.authToken, true);
		} else if (body.error === 'totp-required') {
			second.hidden = false;
			login.code.focus();
		} else {
			note.textContent = body.message || body.error || 'The login failed.';
		}
	});

	known().catch(() => false).then((found) => {
		login.hidden = found;
	});
})();
